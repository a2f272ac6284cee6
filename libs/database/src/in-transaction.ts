import { type EntityManager, IsolationLevel, type MikroORM } from '@mikro-orm/postgresql';
import { toDatabaseError } from './database-error.js';
import { repeatConflicts } from './repeat-conflicts.js';

/**
 * Runs `work` with an entity manager of its own in one transaction: its changes and its announcements are committed
 * together when it resolves, and none of them when it throws. Throws `unavailable` while the database is away: then the
 * commit may or may not have happened, and the work is repeated. Work that gives way to another transaction is repeated at once.
 */
export function inTransaction<Result>(orm: MikroORM, work: (em: EntityManager) => Promise<Result>): Promise<Result> {
  return translateErrors(() =>
    orm.em.fork().transactional((em) => work(em), { isolationLevel: IsolationLevel.READ_COMMITTED }),
  );
}

/** For one statement, which is a transaction by itself: the same without the round trips of BEGIN and COMMIT. */
export function inOneStatement<Result>(orm: MikroORM, work: (em: EntityManager) => Promise<Result>): Promise<Result> {
  return translateErrors(() => work(orm.em.fork()));
}

async function translateErrors<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await repeatConflicts(work);
  } catch (error) {
    throw toDatabaseError(error);
  }
}
