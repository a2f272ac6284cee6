import type { EntityManager } from '@mikro-orm/postgresql';

/** Two numbers that name a lock in its database: the first is the service's, so that services which share one never wait for each other. */
export type AdvisoryLock = readonly [service: number, lock: number];

/** Takes a lock that ends with the transaction, also when its holder dies; false when another replica holds it. */
export async function tryAdvisoryLock(em: EntityManager, [service, lock]: AdvisoryLock): Promise<boolean> {
  const [row] = await em.execute<{ held: boolean }[]>('select pg_try_advisory_xact_lock(?, ?) as held', [
    service,
    lock,
  ]);
  return row?.held === true;
}
