import { buckets, UploadEntry } from '@wharf/contracts';
import { type Bus, KeyValueBucket, type Versioned } from '@wharf/messaging';
import { forEachConcurrently } from '@wharf/service-kit';

export type UploadStore = KeyValueBucket<UploadEntry>;

export interface KnownUpload {
  uid: string;
  entry: UploadEntry;
  revision: number;
}

export interface UploadFilter {
  owner: string | undefined;
  /** Whether those count too that were stored, joined or dropped, or have expired. */
  hasEnded: boolean;
}

const readWidth = 32;

export function openUploads(bus: Bus): Promise<UploadStore> {
  return KeyValueBucket.open({ bus, bucket: buckets.uploads, schema: UploadEntry });
}

export async function findUpload(store: UploadStore, uid: string): Promise<KnownUpload | undefined> {
  const found = await store.read(uid);
  return found && toUpload(uid, found);
}

/** Oldest first. Reads every entry of the bucket, which keeps those of ended uploads for days. */
export async function listUploads(store: UploadStore, { hasEnded, owner }: UploadFilter): Promise<KnownUpload[]> {
  const found: KnownUpload[] = [];
  await forEachConcurrently(await store.keys(), readWidth, async (uid) => {
    const upload = await findUpload(store, uid);
    if (!upload || !(hasEnded || upload.entry.state === 'open')) return;
    if (owner === undefined || upload.entry.owner_id === owner) found.push(upload);
  });
  // The first bits of a uid are the time.
  return found.sort((one, other) => (one.uid < other.uid ? -1 : 1));
}

function toUpload(uid: string, { revision, value }: Versioned<UploadEntry>): KnownUpload {
  return { uid, entry: value, revision };
}
