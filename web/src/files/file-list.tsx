import { useEffect, useMemo, useState } from 'preact/hooks';
import { wharf } from '../api/wharf.ts';
import { words } from '../language/language.ts';
import { EmptyState } from '../parts/empty-state.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { route } from '../routing/route.ts';
import { DropZone } from '../uploads/drop-zone.tsx';
import { UnfinishedUploads } from '../uploads/unfinished.tsx';
import { UploadList } from '../uploads/upload-list.tsx';
import type { UploadQueue } from '../uploads/upload-queue.ts';
import { FileFilters, type Filter } from './file-filters.tsx';
import { FileGrid } from './file-grid.tsx';
import { pageSize, RecordWindow } from './record-window.ts';
import { Selection } from './selection.ts';
import { SelectionBar } from './selection-bar.tsx';

const settleMs = 400;

/** Where files come in, and all that there are. */
export function FileList({ owner, queue }: { queue: UploadQueue; owner: string }) {
  const requestId = route.value.query.get('request_id') ?? undefined;
  const [filter, setFilter] = useState<Filter>({});
  const [isDeleting, setDeleting] = useState(false);
  const selection = useMemo(() => new Selection(), []);
  const list = () =>
    wharf.files.list({ ...filter, limit: pageSize, ...(requestId !== undefined && { request_id: requestId }) });
  const records = useMemo(() => new RecordWindow(list()), [requestId]);
  useEffect(() => {
    selection.clear();
    void records.restart(list());
  }, [records, filter, requestId, selection]);
  // What was sent shows up, many at once where many were sent.
  const doneCount = queue.doneCount.value;
  useEffect(() => {
    if (doneCount === 0) return;
    const timer = setTimeout(() => void records.restart(), settleMs);
    return () => clearTimeout(timer);
  }, [doneCount, records]);

  const version = records.version.value;
  const error = records.error.value;
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  return (
    <div class="page files-page">
      <h1 class="unseen">{words().files}</h1>
      {requestId ? (
        <p class="files-of-request">
          {words().filesOfRequest} <a href="#/files">{words().allFiles}</a>
        </p>
      ) : (
        <DropZone onChosen={(chosen) => queue.add(chosen)} />
      )}
      <UnfinishedUploads name={owner} queue={queue} />
      <UploadList queue={queue} />
      <FileFilters filter={filter} onFilter={setFilter} />
      <SelectionBar {...{ records, selection, isDeleting, setDeleting }} />
      {error !== undefined && <ErrorNote error={error} onRetry={() => void records.restart()} />}
      {version === 0 && <p class="loading">{words().loading}</p>}
      {version > 0 && error === undefined && records.count === 0 && (
        <EmptyState icon="folder" title={isFiltered ? words().noneFound : words().noFiles}>
          <p>{isFiltered ? words().noneFoundHint : words().noFilesHint}</p>
        </EmptyState>
      )}
      {records.count > 0 && <FileGrid records={records} selection={selection} onDelete={() => setDeleting(true)} />}
    </div>
  );
}
