import { randomBytes, randomUUID } from 'node:crypto';
import { link, open, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { ifMissing, systemCode } from '@wharf/service-kit';
import { syncFolder } from './directory.durable.js';

const secretBytes = 32;

/**
 * The key that signs forms. It lies beside the objects, so that all gateways have the same without being told: who can read it there could put
 * objects there as well. The first one that needs it makes it.
 */
export async function readFormSecret(root: string): Promise<Buffer> {
  const file = path.join(root, 'form.key');
  const found = await ifMissing(readFile(file));
  if (found) return found;
  const part = path.join(root, 'incoming', `form.key.${randomUUID()}`);
  try {
    const written = await open(part, 'wx', 0o600);
    try {
      await written.writeFile(randomBytes(secretBytes));
      await written.sync();
    } finally {
      await written.close();
    }
    await link(part, file).catch((error: unknown) => {
      // Another gateway was quicker.
      if (systemCode(error) !== 'EEXIST') throw error;
    });
    await syncFolder(root);
  } finally {
    await rm(part, { force: true });
  }
  return readFile(file);
}
