import { AppError } from '@wharf/service-kit';
import type { Authenticated } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { createUpload, type NewUpload } from './create-upload.js';
import { endLeft } from './end-left.js';
import { isComplete, type UploadEntry } from './upload-entry.js';

interface Joined {
  uid: string;
  entry: UploadEntry;
}

/**
 * Makes one upload of others that are complete, in this order, and its file. Parts that were joined in this way already lead to the upload that they
 * have become: its client may not have had the answer. Throws `invalid_request`, `conflict` (a part is not complete), and as `createUpload`,
 * `joinParts` and `finishUpload`.
 */
export async function joinUploads(
  gateway: Gateway,
  uploader: Authenticated,
  { parts, ...wanted }: Omit<NewUpload, 'kind' | 'length' | 'parts'> & { parts: readonly string[] },
): Promise<Joined> {
  const { leases } = gateway.resumable;
  const found: Joined[] = [];
  for (const uid of parts) found.push({ uid, entry: await leases.read(uid, uploader.caller) });
  const [joinedInto, ...others] = new Set(found.map(({ entry }) => entry.joined_into));
  if (joinedInto !== undefined && others.length === 0) {
    const entry = await leases.read(joinedInto, uploader.caller);
    if (entry.parts?.map(({ uid }) => uid).join() === parts.join()) return { uid: joinedInto, entry };
  }
  const lengths = found.map(({ entry, uid }) => ({ uid, length: lengthOfPart(entry) }));
  const length = lengths.reduce((sum, part) => sum + part.length, 0);
  const lease = await withoutParts(gateway, uploader, found, () =>
    createUpload(gateway, uploader, { ...wanted, kind: 'final', parts: lengths, length }),
  );
  await endLeft(gateway, lease);
  return { uid: lease.uid, entry: lease.entry };
}

function lengthOfPart(entry: UploadEntry): number {
  if (entry.kind !== 'partial' || entry.state !== 'open')
    throw new AppError(
      'invalid_request',
      'only uploads that were begun as parts, and are part of nothing else, are joined',
    );
  if (entry.length === null || !isComplete(entry)) throw new AppError('conflict', 'a part is not complete yet');
  return entry.length;
}

/** The parts are of the quota what the whole will be: it is not taken twice. Where the whole is refused they take theirs again. */
async function withoutParts<Result>(
  { logger, quotas }: Gateway,
  { caller }: Authenticated,
  parts: readonly Joined[],
  work: () => Promise<Result>,
): Promise<Result> {
  const counted = parts.filter(({ entry }) => entry.has_quota && entry.owner_id === caller.id && caller.id !== null);
  for (const { uid } of counted) await quotas.releaseOf(caller.id as string, uid);
  try {
    return await work();
  } catch (error) {
    for (const { entry, uid } of counted) {
      await quotas.holdFor(caller.id as string, uid, entry.offset).catch((cause: unknown) => {
        logger.debug({ error: cause, uid }, 'a part takes no quota any more');
      });
    }
    throw error;
  }
}
