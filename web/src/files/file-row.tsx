import type { FileRecord } from '@wharf/contracts';
import { sizeText, timeText, words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import { iconOf } from './file-icon.ts';
import { rowPx } from './rows-in.ts';
import { StatusBadge } from './status-badge.tsx';

interface RowOptions {
  index: number;
  record: FileRecord | undefined;
  isSelected: boolean;
  isActive: boolean;
  onSelect(record: FileRecord, index: number, isRange: boolean): void;
}

/** Of a grid: one row has the tab stop, and arrows lead to the others. */
export function FileRow({ index, isActive, isSelected, onSelect, record }: RowOptions) {
  const place = { transform: `translateY(${index * rowPx}px)` };
  const shared = { 'aria-rowindex': index + 2, 'data-row': index, tabIndex: isActive ? 0 : -1, style: place };
  if (!record) {
    return (
      <div role="row" class="file-row" {...shared}>
        <div role="gridcell" class="file-name">
          …
        </div>
      </div>
    );
  }
  const { content_type: type, created_at: createdAt, original_name: name, size_bytes: size, status, uid } = record;
  return (
    <div role="row" class={isSelected ? 'file-row selected' : 'file-row'} aria-selected={isSelected} {...shared}>
      <div role="gridcell" class="file-mark">
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          aria-label={words().selectOf(name)}
          onClick={(event) => onSelect(record, index, event.shiftKey)}
        />
      </div>
      <div role="gridcell" class="file-name">
        <Icon name={iconOf(type)} />
        <a href={`#/files/${uid}`} tabIndex={-1} title={name}>
          {name}
        </a>
      </div>
      <div role="gridcell" class="file-status">
        <StatusBadge status={status} />
      </div>
      <div role="gridcell" class="file-size">
        {sizeText(size)}
      </div>
      <div role="gridcell" class="file-time">
        {timeText(createdAt)}
      </div>
    </div>
  );
}
