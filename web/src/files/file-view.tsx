import type { FileRecord } from '@wharf/contracts';
import { useState } from 'preact/hooks';
import { keepSession } from '../api/renew-session.ts';
import { wharf } from '../api/wharf.ts';
import { sizeText, timeText, words } from '../language/language.ts';
import { LinkList } from '../links/link-list.tsx';
import { ShareDialog } from '../links/share-dialog.tsx';
import { CopyField } from '../parts/copy-field.tsx';
import { ErrorNote } from '../parts/error-note.tsx';
import { Icon } from '../parts/icon.tsx';
import { useLoaded } from '../parts/use-loaded.ts';
import { Preview } from '../preview/preview.tsx';
import { goTo } from '../routing/route.ts';
import { addressOf } from './addresses.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { EditDialog } from './edit-dialog.tsx';
import { FileProgress } from './file-progress.tsx';
import { StatusBadge } from './status-badge.tsx';
import { useFileEvents } from './use-file-events.ts';

/** One file: what it is, where its copies are at this moment, who else may have it. */
export function FileView({ uid }: { uid: string }) {
  const { error, reload, value: record } = useLoaded(() => wharf.files.get(uid), uid);
  useFileEvents(uid, reload);
  return (
    <div class="page file-page">
      <a class="back" href="#/files">
        <Icon name="arrowLeft" />
        {words().files}
      </a>
      {error !== undefined && <ErrorNote error={error} onRetry={() => void reload()} />}
      {record === undefined && error === undefined && <p class="loading">{words().loading}</p>}
      {record && <File record={record} onChanged={() => void reload()} />}
    </div>
  );
}

type Open = 'edit' | 'share' | 'delete' | undefined;

function File({ onChanged, record }: { record: FileRecord; onChanged(): void }) {
  const [open, setOpen] = useState<Open>();
  const [shareCount, setShareCount] = useState(0);
  const { original_name: name, status, uid } = record;
  const isThere = status !== 'deleted';
  const close = () => setOpen(undefined);
  return (
    <>
      <header class="page-head">
        <h1>{name}</h1>
        <StatusBadge status={status} />
      </header>
      {isThere && (
        <div class="acts">
          <a class="button primary" href={addressOf(uid)} download onClick={() => void keepSession(wharf.auth)}>
            <Icon name="download" />
            {words().download}
          </a>
          <button type="button" class="button" onClick={() => setOpen('share')}>
            <Icon name="share" />
            {words().share}
          </button>
          <button type="button" class="button" onClick={() => setOpen('edit')}>
            <Icon name="edit" />
            {words().edit}
          </button>
          <button type="button" class="button" onClick={() => setOpen('delete')}>
            <Icon name="trash" />
            {words().delete}
          </button>
        </div>
      )}
      <FileProgress record={record} />
      <div class="columns">
        <FileFacts record={record} />
        {isThere && <Preview file={record} address={addressOf(uid)} isCounted={record.max_downloads !== null} />}
      </div>
      {isThere && (
        <section>
          <h2>{words().links}</h2>
          <LinkList key={shareCount} uid={uid} />
        </section>
      )}
      {open === 'edit' && <EditDialog record={record} onClose={close} onChanged={onChanged} />}
      {open === 'share' && <ShareDialog uids={[uid]} onClose={close} onShared={() => setShareCount(shareCount + 1)} />}
      {open === 'delete' && <DeleteDialog uids={[uid]} onClose={close} onDeleted={() => goTo('#/files')} />}
    </>
  );
}

function FileFacts({ record }: { record: FileRecord }) {
  const path = record.metadata.path;
  const facts: [label: string, text: string | null | undefined][] = [
    [words().size, sizeText(record.size_bytes)],
    [words().type, record.content_type],
    [words().folder, typeof path === 'string' ? path : null],
    [words().added, timeText(record.created_at)],
    [words().expires, record.expires_at && timeText(record.expires_at)],
    [words().downloads, downloadsText(record)],
    [words().visibility, words().visibilities[record.visibility]],
    [words().cloudPath, record.cloud_path],
    [words().syncError, record.sync_error],
    [words().deleted, record.deleted_at && timeText(record.deleted_at)],
  ];
  return (
    <section class="facts">
      <dl>
        {facts
          .filter(([, text]) => text)
          .map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
      </dl>
      {record.sha256 && <CopyField text={record.sha256} label="SHA-256" />}
    </section>
  );
}

function downloadsText({ download_count: count, max_downloads: max }: FileRecord): string {
  return max === null ? words().times(count) : words().timesOf(count, max);
}
