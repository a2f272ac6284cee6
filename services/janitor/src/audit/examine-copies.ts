import { type ObjectStore, type OnRead, sha256Of } from '@wharf/object-store';
import { ifMissing } from '@wharf/service-kit';
import { statFile, type Volume } from '@wharf/volume';

/** What a copy of a file has to be. */
export interface Expected {
  uid: string;
  sizeBytes: number;
  /** Null for an attachment whose digest nobody knows yet: then its size has to do. */
  sha256: string | null;
  /** Whether its first reader found another object than the one that was confirmed. */
  isReplaced?: boolean;
}

interface PresentCopy {
  /** `unjudged`: it is there, and nobody says what it has to be. */
  state: 'good' | 'bad' | 'unjudged';
  sizeBytes: number;
  changedAt: Date;
  /** What is wrong with a bad copy. */
  detail: string;
  /**
   * An object of the right bytes that does not say so. Readers are served from it, but cloud-sync and the janitor
   * take it for another file.
   */
  isUnmarked: boolean;
}

export type Copy = { state: 'missing' } | PresentCopy;

export interface Examination {
  expected: Expected | undefined;
  /** Reads the bytes; otherwise sizes and an object's own metadata have to do. */
  isRead: boolean;
  onRead?: OnRead | undefined;
}

export async function examineLocal(
  volume: Volume,
  localPath: string,
  { expected, isRead, onRead }: Examination,
): Promise<Copy> {
  const file = await statFile(volume, localPath);
  if (!file) return { state: 'missing' };
  const { changedAt, sizeBytes } = file;
  const copy = (state: PresentCopy['state'], detail = ''): Copy => {
    return { state, detail, sizeBytes, changedAt, isUnmarked: false };
  };
  if (!expected) return copy('unjudged');
  if (sizeBytes !== expected.sizeBytes) return copy('bad', `it has ${sizeBytes} bytes, not ${expected.sizeBytes}`);
  if (!isRead || expected.sha256 === null) return copy('good');
  const sha256 = await ifMissing(
    digestOf(
      volume.openFile(localPath).then((file) => file.createReadStream()),
      onRead,
    ),
  );
  if (sha256 === undefined) return { state: 'missing' };
  return sha256 === expected.sha256 ? copy('good') : copy('bad', 'its bytes have another digest');
}

export async function examineObject(
  store: ObjectStore,
  key: string,
  { expected, isRead, onRead }: Examination,
): Promise<Copy> {
  const object = await ifMissing(store.stat(key));
  if (!object) return { state: 'missing' };
  const { modifiedAt: changedAt, sha256, sizeBytes, uid } = object;
  const copy = (state: PresentCopy['state'], detail = '', isUnmarked = false): Copy => {
    return { state, detail, sizeBytes, changedAt, isUnmarked };
  };
  if (!expected) return copy('unjudged');
  if (sizeBytes !== expected.sizeBytes) return copy('bad', `it has ${sizeBytes} bytes, not ${expected.sizeBytes}`);
  if (expected.isReplaced) return copy('bad', 'it is not the object that was confirmed');
  if (expected.sha256 === null) return copy('good');
  const isMarked = uid === expected.uid && sha256 === expected.sha256;
  if (!isRead) return isMarked ? copy('good') : copy('bad', 'it says that it is another file');
  const digest = await ifMissing(digestOf(store.read(key), onRead));
  if (digest === undefined) return { state: 'missing' };
  if (digest !== expected.sha256) return copy('bad', 'its bytes have another digest');
  return isMarked ? copy('good') : copy('good', 'its bytes are right, but it does not say so', true);
}

async function digestOf(opened: Promise<Parameters<typeof sha256Of>[0]>, onRead?: OnRead): Promise<string> {
  return sha256Of(await opened, onRead);
}
