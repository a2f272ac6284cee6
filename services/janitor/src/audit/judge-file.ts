import type { AuditClass, LocatedFileRecord } from '@wharf/contracts';
import type { Copy } from './examine-copies.js';
import type { ExaminedFile } from './examine-file.js';
import type { Finding } from './finding.js';

/**
 * What does not fit together about a file, or nothing while any of its sides changed after `cutoff`: an upload, a copy,
 * a purge or a deletion may be under way.
 */
export function judgeFile(file: ExaminedFile, cutoff: Date): Finding[] {
  if (isYoung(file, cutoff)) return [];
  const { record } = file;
  if (!record) return judgeUnrecorded(file, 'no record knows it');
  if (record.status === 'deleted') return judgeUnrecorded(file, 'its record is deleted');
  return [...judgeLocal(file, record), ...judgeObject(file, record)];
}

/** True when a record promises bytes that are neither in the one place nor in the other. */
export function isLost({ local, object, record }: ExaminedFile): boolean {
  return record !== undefined && record.status !== 'deleted' && local.state !== 'good' && object.state !== 'good';
}

/** When a record last got a status. */
export function changeOf(record: LocatedFileRecord): Date {
  const times = [record.created_at, record.synced_at, record.archived_at, record.deleted_at];
  return new Date(Math.max(...times.map((time) => (time === null ? 0 : Date.parse(time)))));
}

function isYoung({ local, object, record }: ExaminedFile, cutoff: Date): boolean {
  if (record && changeOf(record) > cutoff) return true;
  return [local, object].some((copy) => copy.state !== 'missing' && copy.changedAt > cutoff);
}

function judgeUnrecorded({ local, localPath, object, objectKey, uid }: ExaminedFile, detail: string): Finding[] {
  const findings: Finding[] = [];
  if (local.state !== 'missing') findings.push({ class: 'local_unrecorded', uid, place: localPath, detail });
  if (object.state !== 'missing') findings.push({ class: 'object_unrecorded', uid, place: objectKey, detail });
  return findings;
}

function judgeLocal({ local, localPath: place, object, uid }: ExaminedFile, record: LocatedFileRecord): Finding[] {
  if (record.local_path === null) {
    if (local.state === 'missing') return [];
    return [{ class: 'local_unrecorded', uid, place, detail: 'its record names no local copy' }];
  }
  const fault = faultOf(local);
  if (fault)
    return [{ class: local.state === 'missing' ? 'local_missing' : 'local_mismatch', uid, place, detail: fault }];
  if (record.status !== 'stored') return [];
  const detail = object.state === 'missing' ? 'it was never copied' : 'its copy was never recorded';
  return [{ class: 'stuck', uid, place, detail: record.sync_error ? `${detail}: ${record.sync_error}` : detail }];
}

function judgeObject({ object, objectKey: place, uid }: ExaminedFile, record: LocatedFileRecord): Finding[] {
  // Without a path in the record, an object that is there all the same belongs to what is said of the local copy.
  if (record.cloud_path === null) return [];
  const fault = faultOf(object);
  if (!fault) return [];
  const name: AuditClass = object.state === 'missing' ? 'object_missing' : 'object_mismatch';
  return [{ class: name, uid, place, detail: fault }];
}

function faultOf(copy: Copy): string | undefined {
  if (copy.state === 'missing') return 'it is not there';
  return copy.state === 'bad' || copy.isUnmarked ? copy.detail : undefined;
}
