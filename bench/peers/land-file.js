import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** The usual stream of a file, which syncs the data before it closes. */
const syncing = {
  ...fs,
  close: (descriptor, callback) => {
    fs.fdatasync(descriptor, (failure) => fs.close(descriptor, (error) => callback(failure ?? error)));
  },
};

/**
 * The work that every peer does with a file: SHA-256 on the main thread while it is written, then fdatasync. No record, no
 * event, no journal.
 */
export async function landFile(readable, folder) {
  const sha256 = createHash('sha256');
  let size = 0;
  const digest = new Transform({
    transform(chunk, _encoding, callback) {
      sha256.update(chunk);
      size += chunk.length;
      callback(null, chunk);
    },
  });
  const sink = fs.createWriteStream(path.join(folder, randomUUID()), { flags: 'wx', fs: syncing });
  await pipeline(readable, digest, sink);
  return { sha256: sha256.digest('hex'), size_bytes: size };
}
