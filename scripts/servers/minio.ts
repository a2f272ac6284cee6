import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Log, serverEnvironment, startProcess, waitUntil } from './child-process.ts';
import { writeDurably } from './durable-file.ts';
import { findExecutable } from './find-executable.ts';
import { pickFreePort } from './free-port.ts';
import { answersHttp, type ObjectServer } from './object-server.ts';
import { readState } from './read-state.ts';
import { asRunningServer } from './running-server.ts';

interface Keys {
  accessKey: string;
  secretKey: string;
}

/** A `minio` found on PATH, serving `dir`. */
export async function startMinio({
  dir,
  port,
  log,
  runDir,
}: {
  dir: string;
  port?: number;
  log: Log;
  runDir?: string;
}): Promise<ObjectServer> {
  const command = findExecutable('minio');
  if (!command) throw new Error('minio not found on PATH');
  const objects = path.join(dir, 'objects');
  mkdirSync(objects, { recursive: true, mode: 0o700 });
  const keys = readOrCreateKeys(path.join(dir, 'keys.json'));
  const chosenPort = port ?? (await pickFreePort());
  const consolePort = await pickFreePort();
  const server = await startProcess({
    name: 'minio',
    command,
    args: [
      'server',
      ...['--quiet', '--address', `127.0.0.1:${chosenPort}`, '--console-address', `127.0.0.1:${consolePort}`],
      objects,
    ],
    env: { ...serverEnvironment(), MINIO_ROOT_USER: keys.accessKey, MINIO_ROOT_PASSWORD: keys.secretKey },
    log,
    runDir,
  });
  const endpoint = `http://127.0.0.1:${chosenPort}`;
  try {
    await waitUntil([server], () => answersHttp(`${endpoint}/minio/health/ready`));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...asRunningServer(server), endpoint, port: chosenPort, ...keys };
}

function readOrCreateKeys(file: string): Keys {
  if (existsSync(file)) return readState<Keys>(file, ['accessKey', 'secretKey']);
  const keys = { accessKey: randomBytes(10).toString('hex'), secretKey: randomBytes(20).toString('hex') };
  writeDurably(file, JSON.stringify(keys));
  return keys;
}
