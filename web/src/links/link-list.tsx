import type { LinkRecord } from '@wharf/client';
import { wharf } from '../api/wharf.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { MoreButton } from '../parts/more-button.tsx';
import { announce, complain } from '../parts/notices.tsx';
import { usePages } from '../parts/use-pages.ts';

/** The links of one file, or all of them. */
export function LinkList({ uid }: { uid?: string }) {
  const pages = usePages(() => wharf.links.list(uid === undefined ? {} : { uid }));
  const { error, isLoading, items, reload } = pages;
  const revoke = async ({ id }: LinkRecord) => {
    try {
      await wharf.links.revoke(id);
      announce(words().linkRevoked);
      await reload();
    } catch (thrown) {
      complain(thrown);
    }
  };
  if (error !== undefined) return <ErrorNote error={error} onRetry={() => void reload()} />;
  if (items.length === 0 && isLoading) return <p class="loading">{words().loading}</p>;
  if (items.length === 0) {
    return uid === undefined ? (
      <EmptyState icon="link" title={words().noLinks}>
        <p>{words().noLinksHint}</p>
      </EmptyState>
    ) : (
      <p class="hint">{words().noLinksOfFile}</p>
    );
  }
  return (
    <>
      <ul class="cards">
        {items.map((link) => (
          <li key={link.id} class="card">
            <LinkFacts link={link} />
            {link.status === 'active' && (
              <button
                type="button"
                class="button"
                onClick={() => void revoke(link)}
                aria-label={words().revokeOf(nameOf(link))}
              >
                <Icon name="close" />
                {words().revoke}
              </button>
            )}
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} />
    </>
  );
}

function nameOf({ file_count: count, files, title }: LinkRecord): string {
  return title ?? (count === 1 ? files[0]?.name : undefined) ?? words().fileCount(count);
}

function LinkFacts({ link }: { link: LinkRecord }) {
  const { download_count: count, max_downloads: max } = link;
  const facts = [
    words().fileCount(link.file_count),
    sizeText(link.total_bytes),
    max === null ? words().times(count) : words().timesOf(count, max),
    link.expires_at ? words().until(timeText(link.expires_at)) : words().never,
    link.last_used_at ? words().lastUsed(timeText(link.last_used_at)) : words().neverUsed,
  ];
  return (
    <div class="card-what">
      <p class="card-title">
        {link.has_password && <Icon name="lock" />}
        {nameOf(link)} <span class={`badge ${link.status}`}>{words().linkStatuses[link.status]}</span>
      </p>
      <p class="hint">{facts.join(' · ')}</p>
      {link.file_count > 1 && <p class="hint names">{link.files.map(({ name }) => name).join(', ')}</p>}
    </div>
  );
}

export function LinksPage() {
  return (
    <div class="page">
      <h1>{words().links}</h1>
      <LinkList />
    </div>
  );
}
