import path from 'node:path';
import { placeOf } from '@wharf/contracts';

/**
 * Where things lie under the root of the volume. Paths that travel (events, records) are relative to the root,
 * with forward slashes.
 *
 * The folders of a file are digits of its uid's time (a UUIDv7): files of the same four seconds share one, and the next four seconds
 * have the next. So folders stay small, and those who arrive together need one new folder, and one sync of it, for all of them; after
 * three days the first folder's turn comes again.
 */
export const layout = {
  incoming: 'incoming',
  journal: 'journal',
  files: 'files',
  /** What audits set aside, under the id of their run. Nothing reads it, and nothing but people remove it. */
  quarantine: 'quarantine',
  /** What audits found and did, one file a run. */
  audits: 'audits',

  staged: (uid: string) => path.posix.join('incoming', `${uid}.part`),
  /** Under which the file of a resumable upload is staged; each of its epochs has one of its own. */
  stagedUpload: ({ epoch, uid }: UploadPlace) => `${uid}.${epoch}`,
  file: placeOf,
  quarantined: (runId: string, localPath: string) => path.posix.join('quarantine', runId, localPath),
  auditReport: (runId: string) => path.posix.join('audits', `${runId}.jsonl`),
};

/** Of the bytes of a resumable upload. */
export interface UploadPlace {
  uid: string;
  /** Whoever takes an upload over from a writer that may still write gives it another epoch, and so another file. */
  epoch: number;
}

const stagedUploadName = /^([0-9a-f-]{36})\.(\d{1,9})\.part$/;

/** Which upload a staged file is of, by its name; undefined for other files. */
export function uploadOfStaged(fileName: string): UploadPlace | undefined {
  const [, uid, epoch] = stagedUploadName.exec(fileName) ?? [];
  return uid === undefined ? undefined : { uid, epoch: Number(epoch) };
}

const stagedName = /^([0-9a-f-]{36})\.part$/;

/** The uid of a staged file's name, or undefined for a name that is none of ours. */
export function uidOfStaged(fileName: string): string | undefined {
  return stagedName.exec(fileName)?.[1];
}

const fileName = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** The uid of a file under `files/`, or of its object's key, or undefined for what is not named by one. */
export function uidOfFile(pathOrKey: string): string | undefined {
  const name = path.posix.basename(pathOrKey);
  return fileName.test(name) ? name : undefined;
}
