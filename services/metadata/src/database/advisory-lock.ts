import type { EntityManager } from '@mikro-orm/postgresql';

/** Advisory locks of the service, one number each; they are local to the database. */
const locks = { migrations: 1, outbox_relay: 2 };
const lockClass = 0x57_68_61_66;

/** Takes a lock that ends with the transaction, also when its holder dies; false when another replica holds it. */
export async function tryAdvisoryLock(em: EntityManager, lock: keyof typeof locks): Promise<boolean> {
  const [row] = await em.execute<{ held: boolean }[]>('select pg_try_advisory_xact_lock(?, ?) as held', [
    lockClass,
    locks[lock],
  ]);
  return row?.held === true;
}
