import type { MikroORM } from '@mikro-orm/postgresql';
import { run, statement } from '@wharf/database';

/** Within the window, of one key. */
const mostTries = 10;
export const triesWindowMinutes = 15;

interface Try {
  key: string;
  /** As PostgreSQL writes it, to the microsecond. */
  at: string;
}

/** Counts how often a password is tried, in a table of the columns `key`, `tries` and `last_try_at`. */
export interface Tries {
  /** Counts one try for each of the keys; undefined, and nothing is counted, where one of them has no more left. */
  take(orm: MikroORM, keys: readonly string[]): Promise<Try[] | undefined>;
  giveBack(orm: MikroORM, tries: readonly Try[]): Promise<void>;
}

const recent = `array(select try from unnest(kept.tries) try where try > clock_timestamp() - interval '${triesWindowMinutes} minutes')`;

/**
 * The lock of a key's row puts those who try at the same moment, on any replica, one after the other, and each sees what the one before
 * has written. The times themselves are kept and not a count, so that no fifteen minutes have more than ten, wherever they begin.
 */
export function triesIn(table: string): Tries {
  const take = statement(
    `insert into ${table} as kept (key, tries, last_try_at)
     select key, array[clock_timestamp()], clock_timestamp() from unnest(:keys::text[]) key order by key
     on conflict (key) do update set tries = ${recent} || clock_timestamp(), last_try_at = clock_timestamp()
     where cardinality(${recent}) < ${mostTries}
     returning key, tries[cardinality(tries)]::text as at`,
  );
  const giveBack = statement(`update ${table} set tries = array_remove(tries, :at::timestamptz) where key = :key`);
  const tries: Tries = {
    async take(orm, keys) {
      const taken = await run<Try>(orm, take, { keys });
      if (taken.length === keys.length) return taken;
      await tries.giveBack(orm, taken);
      return undefined;
    },
    /** One by one, so that they never wait for each other in a circle. */
    async giveBack(orm, given) {
      for (const { at, key } of given) await run(orm, giveBack, { at, key });
    },
  };
  return tries;
}
