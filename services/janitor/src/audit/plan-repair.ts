import type { EventOf, FileStored, LocatedFileRecord } from '@wharf/contracts';
import { storedEventOf } from '../stored-event.js';
import type { Copy } from './examine-copies.js';
import type { ExaminedFile } from './examine-file.js';
import { isLost } from './judge-file.js';

/** What a repair consists of. None of these removes bytes, `abort_upload` apart, which nobody could ever have read. */
export type Step =
  | { step: 'quarantine_local'; from: string }
  | { step: 'quarantine_object'; from: string }
  /** cloud-sync copies, or announces the good object that it finds; metadata records what it does not know. */
  | { step: 'announce_stored'; event: EventOf<typeof FileStored>; objectKey: string; hasObject: boolean }
  /** metadata notes that there is no local copy. */
  | { step: 'announce_purged'; uid: string }
  | { step: 'announce_lost'; uid: string; expected: 'local' | 'cloud'; detail: string }
  | { step: 'abort_upload'; key: string; uploadId: string };

/**
 * What makes the sides agree again, in order; nothing where there is nothing to do, or nobody can. `announced` is the
 * `file.stored` of a file without a record that was not deleted since, examined against it. With `isWithholding` what is left of a
 * lost file is set aside, since readers would be served from it.
 */
export function planRepair(
  file: ExaminedFile,
  { announced, isWithholding }: { announced?: EventOf<typeof FileStored> | undefined; isWithholding?: boolean } = {},
): Step[] {
  const { record } = file;
  if (!record) return announced ? recordAgain(file, announced) : setAside(file);
  if (record.status === 'deleted') return setAside(file);
  if (isLost(file)) return [...(isWithholding ? setAside(file) : []), lossOf(file, record)];
  // A scan's verdict: neither copied nor freed, whatever else is wrong with it.
  if (record.status === 'quarantined') return [];
  // An attachment that was not read yet: it is announced by metadata's own event, which waits in the stream.
  if (record.sha256 === null) return [];
  return file.local.state === 'good' ? repairObject(file, record) : repairLocal(file, record);
}

function setAside({ local, localPath, object, objectKey }: ExaminedFile): Step[] {
  const steps: Step[] = [];
  if (local.state !== 'missing') steps.push({ step: 'quarantine_local', from: localPath });
  if (object.state !== 'missing') steps.push({ step: 'quarantine_object', from: objectKey });
  return steps;
}

/** The record was lost, or came back from a backup that is older than the file. */
function recordAgain(file: ExaminedFile, event: EventOf<typeof FileStored>): Step[] {
  const { local, localPath, object, objectKey, uid } = file;
  const hasObject = isUsable(object);
  if (local.state === 'good') return announceStored(file, event);
  if (!hasObject) return setAside(file);
  const steps: Step[] = [{ step: 'announce_stored', event, objectKey, hasObject }];
  if (local.state !== 'missing') steps.unshift({ step: 'quarantine_local', from: localPath });
  return [...steps, { step: 'announce_purged', uid }];
}

function repairObject(file: ExaminedFile, record: LocatedFileRecord): Step[] {
  const { localPath, object } = file;
  const isWanting = !isUsable(object);
  if (record.status === 'stored' || (record.cloud_path !== null && isWanting)) {
    return announceStored(file, storedEventOf(record, localPath));
  }
  // Both copies are good: a local one that the record does not name is in nobody's way but takes room for ever.
  return record.local_path === null ? [{ step: 'quarantine_local', from: localPath }] : [];
}

/** The object is good. It comes before the local copy is given up: metadata frees nothing that it does not know as synced. */
function repairLocal({ local, localPath, object, objectKey, uid }: ExaminedFile, record: LocatedFileRecord): Step[] {
  const isStored = record.status === 'stored';
  // cloud-sync would not take such an object for the copy, and has nothing to make another one from.
  if (isStored && !isUsable(object)) return [];
  const steps: Step[] = [];
  if (local.state !== 'missing') steps.push({ step: 'quarantine_local', from: localPath });
  if (isStored) {
    steps.push({ step: 'announce_stored', event: storedEventOf(record, localPath), objectKey, hasObject: true });
  }
  if (record.local_path !== null) steps.push({ step: 'announce_purged', uid });
  return steps;
}

/** From a good local copy; whatever stands in the way of its object is set aside before. */
function announceStored({ object, objectKey }: ExaminedFile, event: EventOf<typeof FileStored>): Step[] {
  const hasObject = isUsable(object);
  const announce: Step = { step: 'announce_stored', event, objectKey, hasObject };
  if (hasObject || object.state === 'missing') return [announce];
  return [{ step: 'quarantine_object', from: objectKey }, announce];
}

/** What cloud-sync takes for the copy. */
function isUsable(object: Copy): boolean {
  return object.state === 'good' && !object.isUnmarked;
}

function lossOf({ local, object, uid }: ExaminedFile, record: LocatedFileRecord): Step {
  const detail = `local copy: ${describe(local)}; object: ${describe(object)}`;
  return { step: 'announce_lost', uid, expected: record.local_path === null ? 'cloud' : 'local', detail };
}

function describe(copy: Copy): string {
  return copy.state === 'missing' ? 'missing' : copy.detail;
}
