import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * The time of the database, in milliseconds with a fraction: the one clock of all replicas. It goes on within a transaction, and is
 * read after the locks are held that decide what comes before what.
 */
export async function readClock(em: EntityManager): Promise<number> {
  const [row] = await em.execute<{ ms: number }[]>('select extract(epoch from clock_timestamp())::float8 * 1000 as ms');
  return Number(row?.ms);
}

/**
 * When something was ended or changed: not before it happened. Tokens are issued by the millisecond that had begun, so that of two
 * events within one the token counts as the earlier, and is refused.
 */
export function momentOfChange(clockMs: number): Date {
  return new Date(Math.ceil(clockMs));
}
