import { generateKeyPairSync } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { inTransaction } from '@wharf/database';
import type { Logger } from '@wharf/service-kit';
import { calculateJwkThumbprint } from 'jose';
import { readClock } from '../clock.js';
import { type KeyTimes, planRotation } from './plan-rotation.js';

export interface StoredKey extends KeyTimes {
  /** PKCS #8, PEM. */
  privateKey: string;
}

/** Makes the key that is due, removes those that are done, and gives what is there then. Replicas that do so at once take turns. */
export async function keepSigningKeys(
  orm: MikroORM,
  { logger, rotationMs }: { rotationMs: number; logger: Logger },
): Promise<StoredKey[]> {
  return inTransaction(orm, async (em) => {
    const isDue = async () => {
      const keys = await readKeys(em);
      const rotation = planRotation(keys, await readClock(em), rotationMs);
      return { keys, rotation, isDone: rotation.nextFromMs === undefined && rotation.outdated.length === 0 };
    };
    const { isDone, keys } = await isDue();
    if (isDone) return keys;
    await em.execute('lock table accounts.signing_keys in share row exclusive mode');
    const { rotation } = await isDue();
    for (const kid of rotation.outdated) await em.execute('delete from accounts.signing_keys where kid = ?', [kid]);
    if (rotation.nextFromMs !== undefined)
      logger.info(await makeKey(em, rotation.nextFromMs), 'a signing key was made');
    return readKeys(em);
  });
}

export async function readKeys(em: EntityManager): Promise<StoredKey[]> {
  const rows = await em.execute<{ kid: string; private_key: string; signs_from_ms: number }[]>(
    `select kid, private_key, extract(epoch from signs_from)::float8 * 1000 as signs_from_ms
     from accounts.signing_keys order by signs_from`,
  );
  return rows.map(({ kid, private_key, signs_from_ms }) => ({
    kid,
    privateKey: private_key,
    signsFromMs: Number(signs_from_ms),
  }));
}

async function makeKey(em: EntityManager, signsFromMs: number): Promise<{ kid: string; signs_from: Date }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const kid = await calculateJwkThumbprint(
    publicKey.export({ format: 'jwk' }) as Parameters<typeof calculateJwkThumbprint>[0],
  );
  const signs_from = new Date(signsFromMs);
  await em.execute('insert into accounts.signing_keys (kid, private_key, signs_from) values (?, ?, ?)', [
    kid,
    privateKey.export({ type: 'pkcs8', format: 'pem' }),
    signs_from,
  ]);
  return { kid, signs_from };
}
