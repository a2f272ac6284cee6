import { buckets, Sha256, Timestamp, Uid } from '@wharf/contracts';
import { type Bus, KeyValueBucket } from '@wharf/messaging';
import { z } from 'zod';

/** What a request under a key was answered. */
export const Answer = z.object({ status: z.int(), location: z.string(), body: z.json() });
export type Answer = z.infer<typeof Answer>;

/** What the holder of a key is about to make true; from here on every attempt makes true the same. */
const Promised = z.object({ fingerprint: Sha256, plan: z.json() });
export type Promised = z.infer<typeof Promised>;

const Running = z.object({
  state: z.literal('running'),
  /** Method and path. */
  route: z.string(),
  /** What the request makes has this uid, whichever attempt makes it. */
  uid: Uid,
  /** The attempt that works on it now. */
  holder: z.uuid(),
  /** By the holder's clock. After this time another attempt may take the key over. */
  lease_until: Timestamp,
  promised: Promised.nullable(),
});
export type Running = z.infer<typeof Running>;

const Done = z.object({ state: z.literal('done'), route: z.string(), fingerprint: Sha256, answer: Answer });
export type Done = z.infer<typeof Done>;

/** What is kept of a key. */
export const IdempotencyEntry = z.discriminatedUnion('state', [Running, Done]);
export type IdempotencyEntry = z.infer<typeof IdempotencyEntry>;

export type IdempotencyStore = KeyValueBucket<IdempotencyEntry>;

/** Throws `unavailable`: without NATS no promise about a key can be kept. */
export function openIdempotencyStore(bus: Bus): Promise<IdempotencyStore> {
  return KeyValueBucket.open({ bus, bucket: buckets.uploadKeys, schema: IdempotencyEntry });
}
