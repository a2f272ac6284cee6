import { randomInt } from 'node:crypto';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Authenticated } from '../access/authenticated.js';
import type { Gateway } from '../gateway.js';
import { createUpload, type NewUpload } from './create-upload.js';
import { endLeft } from './end-left.js';
import { finishLeft, isLeftBehind } from './finish-left.js';
import { joinedUid } from './joined-uid.js';
import { isComplete, type UploadEntry } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

interface Joined {
  uid: string;
  entry: UploadEntry;
}

type Wanted = Omit<NewUpload, 'kind' | 'length' | 'parts'> & { parts: readonly string[] };

/** Of the first epoch of a joined upload; the name of a staged file has room for as many again. */
const epochs = 500_000_000;

/**
 * Makes one upload of others that are complete, in this order, and its file. The uid follows from the parts: whoever joins them again, since the
 * answer was lost or its gateway died, is led to the same upload, and goes on with it where nobody does.
 * Throws `invalid_request`, `conflict` (a part is not complete), and as `createUpload`, `joinParts` and `finishUpload`.
 */
export async function joinUploads(gateway: Gateway, uploader: Authenticated, wanted: Wanted): Promise<Joined> {
  const { caller } = uploader;
  const { leases } = gateway.resumable;
  const uid = joinedUid(caller, wanted.parts);
  const isThere = (await (await leases.store()).read(uid)) !== undefined;
  const lease = isThere ? undefined : await begin(gateway, uploader, { uid, wanted });
  if (lease) {
    await endLeft(gateway, lease);
    return { uid, entry: lease.entry };
  }
  const entry = await leases.read(uid, caller);
  return { uid, entry: isLeftBehind(entry) ? await finishLeft(gateway, uid, caller) : entry };
}

/** Undefined where another request has begun it at this moment. */
async function begin(
  gateway: Gateway,
  uploader: Authenticated,
  { uid, wanted: { parts: uids, ...described } }: { uid: string; wanted: Wanted },
): Promise<UploadLease | undefined> {
  const found: Joined[] = [];
  for (const part of uids) {
    found.push({ uid: part, entry: await gateway.resumable.leases.read(part, uploader.caller) });
  }
  const parts = found.map(({ entry, uid: part }) => ({ uid: part, length: lengthOfPart(entry) }));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  // Whoever begins it at the same moment, or did before it was ended, has another epoch, and so another file.
  const place = { uid, epoch: randomInt(epochs) };
  return withoutParts(gateway, uploader, found, () =>
    createUpload(gateway, uploader, { ...described, kind: 'final', parts, length }, place).catch((error: unknown) => {
      if (hasCode(error, 'conflict')) return undefined;
      throw error;
    }),
  );
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
  for (const { uid } of counted) await quotas.releaseOf({ ownerId: caller.id }, uid);
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
