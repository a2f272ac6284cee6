import { randomUUID, randomUUIDv7 } from 'node:crypto';
import { AppError } from '@wharf/service-kit';
import type { Done, Running } from './idempotency-entry.js';
import { KeyLease, type KeyLeaseOptions } from './key-lease.js';

export interface KeyedRequest {
  /** The name of the key's entry. */
  key: string;
  /** Method and path. */
  route: string;
}

const usualLeaseMs = 30_000;
/** Each one more means that the entry changed between two questions. */
const maxTries = 5;

/**
 * Takes the key for one attempt, or gives back how the request under it was answered. A key whose holder let its lease run
 * out is taken over, with its uid and what was promised under it.
 * Throws `idempotency_in_progress`, `idempotency_mismatch` (another route), `unavailable`.
 */
export async function takeKeyLease({ key, route }: KeyedRequest, options: KeyLeaseOptions): Promise<KeyLease | Done> {
  const { store, leaseMs = usualLeaseMs } = options;
  const leaseOf = (entry: Running, revision: number) =>
    new KeyLease({ ...options, key, leaseMs }, { value: entry, revision });
  for (let tries = 0; tries < maxTries; tries++) {
    const mine = { holder: randomUUID(), lease_until: new Date(Date.now() + leaseMs).toISOString() };
    const fresh: Running = { state: 'running', route, uid: randomUUIDv7(), ...mine, promised: null };
    const created = await store.create(key, fresh);
    if (created !== undefined) return leaseOf(fresh, created);

    const current = await store.read(key);
    if (!current) continue;
    if (current.value.route !== route) throw mismatch();
    if (current.value.state === 'done') return current.value;
    if (Date.parse(current.value.lease_until) > Date.now()) break;
    const taken: Running = { ...current.value, ...mine };
    const revision = await store.replace(key, taken, current.revision);
    if (revision !== undefined) return leaseOf(taken, revision);
  }
  throw new AppError('idempotency_in_progress', 'a request under this Idempotency-Key is still running');
}

export function mismatch(): AppError {
  return new AppError('idempotency_mismatch', 'this Idempotency-Key belongs to another request');
}
