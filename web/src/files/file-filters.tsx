import type { FileQuery } from '@wharf/client';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';

const searchDelayMs = 250;
const types = ['image/', 'video/', 'audio/', 'text/', 'application/pdf'] as const;
const statuses = ['stored', 'synced', 'archived', 'deleted', 'quarantined'] as const;
const sorts = ['-created_at', 'created_at', '-size_bytes', 'size_bytes'] as const;

export type Filter = Pick<FileQuery, 'q' | 'content_type' | 'status' | 'sort'>;

/** Which files are listed, and in which order. */
export function FileFilters({ filter, onFilter }: { filter: Filter; onFilter(filter: Filter): void }) {
  const [search, setSearch] = useState(filter.q ?? '');
  // A search begins by what is typed alone.
  useEffect(() => {
    if (search === (filter.q ?? '')) return;
    const timer = setTimeout(() => onFilter({ ...filter, q: search || undefined }), searchDelayMs);
    return () => clearTimeout(timer);
  }, [search]);
  const choose = (name: keyof Filter) => (event: { currentTarget: HTMLSelectElement }) =>
    onFilter({ ...filter, q: search || undefined, [name]: event.currentTarget.value || undefined });
  return (
    <search class="filters">
      <div class="search">
        <Icon name="search" />
        <input
          type="search"
          value={search}
          placeholder={words().searchNames}
          aria-label={words().searchNames}
          maxLength={255}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <select aria-label={words().type} value={filter.content_type ?? ''} onChange={choose('content_type')}>
        <option value="">{words().allTypes}</option>
        {types.map((type) => (
          <option key={type} value={type}>
            {words().types[type]}
          </option>
        ))}
      </select>
      <select aria-label={words().status} value={filter.status ?? ''} onChange={choose('status')}>
        <option value="">{words().allStatuses}</option>
        {statuses.map((status) => (
          <option key={status} value={status}>
            {words().statuses[status]}
          </option>
        ))}
      </select>
      <select aria-label={words().order} value={filter.sort ?? '-created_at'} onChange={choose('sort')}>
        {sorts.map((sort) => (
          <option key={sort} value={sort}>
            {words().sorts[sort]}
          </option>
        ))}
      </select>
    </search>
  );
}
