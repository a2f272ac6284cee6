import { openDatabase } from '@wharf/database';
import { metadataDatabase } from '../database.js';

/** The youngest file that is recorded now: a backup that went on to those that come meanwhile might never end. */
export async function findLastUid(databaseUrl: string): Promise<string | undefined> {
  const orm = openDatabase(metadataDatabase, { url: databaseUrl, poolMax: 1, workMs: 0, statementTimeoutMs: 0 });
  try {
    const [last] = await orm.em.fork().execute<{ uid: string }[]>('select uid from files order by uid desc limit 1');
    return last?.uid;
  } finally {
    await orm.close();
  }
}
