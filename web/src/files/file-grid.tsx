import type { FileRecord } from '@wharf/contracts';
import { useEffect, useRef } from 'preact/hooks';
import { words } from '../language/language.ts';
import { goTo } from '../routing/route.ts';
import { FileRow } from './file-row.tsx';
import type { RecordWindow } from './record-window.ts';
import { rowPx } from './rows-in.ts';
import type { Selection } from './selection.ts';
import { useVisibleRows } from './use-visible-rows.ts';

interface GridOptions {
  records: RecordWindow;
  selection: Selection;
  onDelete(): void;
}

/** A list of any length, of which only what is seen is drawn. Arrows, Page, Home and End walk, Space marks, Enter opens, Delete deletes. */
export function FileGrid({ onDelete, records, selection }: GridOptions) {
  const scroller = useRef<HTMLDivElement>(null);
  // Drawn again when it changes.
  records.version.value;
  const { count, isComplete } = records;
  const rows = useVisibleRows(scroller, count);
  const active = Math.min(selection.active.value, Math.max(0, count - 1));
  useEffect(() => {
    void records.show(rows.first, rows.last + 1);
  }, [records, rows, count]);

  const select = ({ uid }: FileRecord, index: number, isRange: boolean) => {
    if (isRange) selection.extend(index, (row) => records.at(row)?.uid);
    else selection.toggle(uid, index);
  };
  const walkTo = (index: number, isRange: boolean) => {
    const target = Math.max(0, Math.min(records.count - 1, index));
    if (isRange) selection.extend(target, (row) => records.at(row)?.uid);
    else selection.active.value = target;
    showRow(scroller.current, target);
  };
  const press = (event: KeyboardEvent) => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowPx) - 2);
    const steps: Record<string, number> = {
      ...{ ArrowDown: active + 1, ArrowUp: active - 1, PageDown: active + page, PageUp: active - page },
      ...{ Home: 0, End: records.count - 1 },
    };
    const record = records.at(active);
    const target = steps[event.key];
    if (target !== undefined) walkTo(target, event.shiftKey);
    else if (event.key === ' ' && record) select(record, active, event.shiftKey);
    else if (event.key === 'Enter' && record) goTo(`#/files/${record.uid}`);
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey))
      selection.mark(records.records().map(({ uid }) => uid));
    else if (event.key === 'Escape') selection.clear();
    else if (event.key === 'Delete' && selection.uids.peek().size > 0) onDelete();
    else return;
    event.preventDefault();
  };

  const drawn = [];
  for (let index = rows.first; index <= Math.min(rows.last, count - 1); index++) {
    const record = records.at(index);
    const isSelected = record !== undefined && selection.uids.value.has(record.uid);
    drawn.push(
      <FileRow key={index} {...{ index, record, isSelected, isActive: index === active, onSelect: select }} />,
    );
  }
  return (
    <div
      role="grid"
      class="file-grid"
      aria-label={words().files}
      aria-multiselectable="true"
      aria-rowcount={isComplete ? count + 1 : -1}
      ref={scroller}
      onKeyDown={press}
    >
      <div role="row" class="file-head" aria-rowindex={1}>
        <div role="columnheader" class="file-mark">
          <span class="unseen">{words().selected}</span>
        </div>
        <div role="columnheader">{words().name}</div>
        <div role="columnheader" class="file-status">
          {words().status}
        </div>
        <div role="columnheader" class="file-size">
          {words().size}
        </div>
        <div role="columnheader" class="file-time">
          {words().added}
        </div>
      </div>
      <div role="rowgroup" class="file-rows" style={{ height: `${count * rowPx}px` }}>
        {drawn}
      </div>
    </div>
  );
}

const headPx = 40;

/** Scrolls as little as needed, and takes the keyboard there once the row is drawn. */
function showRow(scroller: HTMLElement | null, index: number): void {
  if (!scroller) return;
  const top = index * rowPx;
  const bottom = top + rowPx + headPx;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  else if (bottom > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = bottom - scroller.clientHeight;
  requestAnimationFrame(() => {
    requestAnimationFrame(() =>
      scroller.querySelector<HTMLElement>(`[data-row="${index}"]`)?.focus({ preventScroll: true }),
    );
  });
}
