import { randomUUIDv7 } from 'node:crypto';
import { PlacedFileStored } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { findRecord } from '../files/find-record.js';
import type { Gateway } from '../gateway.js';
import { recordOf } from './announce-file.js';
import { cleanFileName } from './file-name.js';
import { fingerprintOf } from './idempotency/fingerprint.js';
import { type Answer, type Done, openIdempotencyStore } from './idempotency/idempotency-entry.js';
import { KeyLease } from './idempotency/key-lease.js';
import { type KeyedRequest, mismatch, takeKeyLease } from './idempotency/take-key-lease.js';
import { planFile, type ReceivedUpload, type StoredEvent } from './plan-file.js';
import type { OwnedQuota } from './quotas/owned-quota.js';
import type { QuotaReservation } from './quotas/quota-reservation.js';
import { withinQuota } from './quotas/within-quota.js';
import { type StoredUpload, storeSharedFile } from './store-file.js';

/** Stages the body of a request under this uid, within the quota where there is one. On any failure nothing is left on the volume. */
export type ReceiveUpload = (uid: string, quota: QuotaReservation | undefined) => Promise<ReceivedUpload>;

/**
 * An upload that may be repeated under its key, on any gateway, and is one file.
 *
 * Every attempt under a key stores under one uid, chosen with the key. Bytes are staged under a uid of the attempt's own,
 * and the whole event is written into the key's entry before the first step of storing; a later attempt announces that very
 * event. So whenever an attempt dies, exactly one file comes of it:
 * - before the entry, or with the entry before the promise: nothing is stored. The attempt's staged file is swept, and after the
 *   lease the next attempt begins anew under the same uid.
 * - after the promise, or with the staged file renamed and no journal entry: nothing is announced. The next attempt finds no record
 *   and stores; its staged file replaces the one that was left.
 * - with the journal entry, before or after the move into place, the publishing, or the removal of the entry: the relay
 *   finishes the file. The next attempt finds the record and stores nothing; or, before there is one, does the same
 *   steps once more: same bytes, same event, whose repetition JetStream drops by its id, and past its window metadata by the uid.
 * - after all of it, before the entry says `done`: the next attempt finds the record, and gives the answer.
 * An attempt that was only slow, and wakes up when another has its key, learns that at the promise; past that it does what
 * the other does. Woken so late that the file was deleted meanwhile, it may leave bytes that no record speaks of.
 *
 * What is reserved in the quota of `owner` is reserved under the uid of the key: once for all attempts. A repetition of what was answered
 * stores nothing, and reserves nothing.
 *
 * Throws what `receive` and storing throw, and `idempotency_in_progress`, `idempotency_mismatch`, `unavailable` (NATS
 * is away, or metadata cannot tell what became of an earlier attempt).
 */
export async function uploadOnce(
  gateway: Gateway,
  request: KeyedRequest & { owner: OwnedQuota | undefined },
  receive: ReceiveUpload,
): Promise<Answer & { isReplayed: boolean }> {
  const { bus, logger } = gateway;
  const store = await openIdempotencyStore(bus);
  const lease = await takeKeyLease(request, { store, logger });
  if (!(lease instanceof KeyLease)) return repeatAnswer(gateway, request, lease, receive);
  try {
    const scope = { owner: request.owner, uid: lease.uid, mayBeStored: () => lease.promised !== null };
    const stored = await withinQuota(gateway, scope, async (quota) => {
      const upload = await receive(randomUUIDv7(), quota);
      return withoutLeftovers(gateway, upload, () => storeUnderKey(gateway, request, lease, upload));
    });
    const answer = answerOf(stored);
    await lease.complete(answer);
    return { ...answer, isReplayed: false };
  } catch (error) {
    await lease.release();
    throw error;
  }
}

export function answerOf({ record, isRecorded }: StoredUpload): Answer {
  return { status: isRecorded ? 201 : 202, location: `/api/v1/files/${record.uid}`, body: record };
}

async function repeatAnswer(
  gateway: Gateway,
  request: KeyedRequest,
  { fingerprint, answer }: Done,
  receive: ReceiveUpload,
): Promise<Answer & { isReplayed: boolean }> {
  const upload = await receive(randomUUIDv7(), undefined);
  return withoutLeftovers(gateway, upload, async () => {
    if (fingerprintOfUpload(request, upload) !== fingerprint) throw mismatch();
    return { ...answer, isReplayed: true };
  });
}

async function storeUnderKey(
  gateway: Gateway,
  request: KeyedRequest,
  lease: KeyLease,
  upload: ReceivedUpload,
): Promise<StoredUpload> {
  const fingerprint = fingerprintOfUpload(request, upload);
  const earlier = lease.promised;
  if (earlier && earlier.fingerprint !== fingerprint) throw mismatch();
  const plan = earlier ? readPlan(earlier.plan) : await planFile(gateway, lease.uid, upload);
  await lease.promise({ fingerprint, plan: { ...plan } });
  if (earlier && (await findRecord(gateway, lease.uid))) return { record: recordOf(plan), isRecorded: true };
  return storeSharedFile(gateway, upload.file, plan);
}

/** What makes two uploads the same. Not the whole body: the boundary of a form is another one every time. */
function fingerprintOfUpload({ route }: KeyedRequest, { file, options }: ReceivedUpload): string {
  return fingerprintOf({
    route,
    options,
    name: cleanFileName(file.sentName),
    type: file.declaredType,
    sha256: file.staged.sha256,
    size: file.staged.sizeBytes,
  });
}

function readPlan(plan: unknown): StoredEvent {
  const event = PlacedFileStored.envelope.safeParse(plan);
  if (!event.success) throw new AppError('internal', 'a plan of a wrong shape', { cause: event.error });
  return event.data;
}

/** What this attempt has staged is removed unless it was stored. */
async function withoutLeftovers<Result>(
  { volume }: Gateway,
  { file }: ReceivedUpload,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } finally {
    await volume.discard(file.staged);
  }
}
