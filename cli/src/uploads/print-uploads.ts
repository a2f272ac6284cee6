import { isHeld, type UploadEntry } from '@wharf/contracts';
import { printable } from '../printable.js';
import { ageOf, table } from '../table.js';
import type { KnownUpload } from './find-uploads.js';

export function printUploads(uploads: readonly KnownUpload[], { isJson }: { isJson: boolean }): void {
  if (isJson) {
    for (const upload of uploads) process.stdout.write(`${JSON.stringify(toJson(upload))}\n`);
    return;
  }
  const head = ['UID', 'STATE', 'KIND', 'OFFSET', 'LENGTH', 'AGE', 'EXPIRES', 'OWNER', 'NAME'];
  const rows = uploads.map(({ entry, uid }) => [
    uid,
    stateOf(entry),
    entry.kind,
    String(entry.offset),
    String(entry.length ?? '-'),
    ageOf(createdAt(uid)),
    entry.state === 'open' ? entry.expires_at : '-',
    entry.owner_id ?? '-',
    entry.name,
  ]);
  process.stdout.write(uploads.length === 0 ? 'There are no such uploads.\n' : printable(table(head, rows)));
}

function toJson({ entry, uid }: KnownUpload): object {
  const { expires_at, kind, length, name, offset, owner_id } = entry;
  return {
    ...{ uid, state: stateOf(entry), kind, owner_id, original_name: name },
    ...{ size_bytes: length, offset, created_at: createdAt(uid), expires_at },
  };
}

/** One whose writer has died is held until its lease runs out. */
function stateOf(entry: UploadEntry): string {
  if (entry.state !== 'open') return entry.state;
  return isHeld(entry) ? 'running' : 'waiting';
}

/** RFC 9562 §5.7: the first 48 bits are milliseconds. */
function createdAt(uid: string): string {
  return new Date(Number.parseInt(uid.replace('-', '').slice(0, 12), 16)).toISOString();
}
