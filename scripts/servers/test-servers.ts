import path from 'node:path';
import { ensureInstalled, isInstalled } from './ensure-installed.ts';
import { findExecutable } from './find-executable.ts';
import { startMinio } from './minio.ts';
import type { ObjectServer } from './object-server.ts';
import { startPostgres } from './postgres.ts';
import { startRadosgw } from './radosgw.ts';
import type { RunningServer } from './running-server.ts';
import { startTestNats } from './test-nats.ts';
import { isRoot } from './unprivileged.ts';

export interface TestServers {
  /** WHARF_TEST_… variables, for the tests. */
  env: Record<string, string>;
  stop(): Promise<void>;
}

// Programs that tests download with, have in front of a gateway, and judge manifests and alerts with.
const clients = ['aria2', 'nginx', 'promtool', 'wget'] as const;

/** Programs that unpack archives. */
const unpackers = ['bsdtar', 'python3', 'sevenzip', 'unzip'] as const;

interface Place {
  dir: string;
  runDir: string;
  log: (line: string) => unknown;
}

/**
 * NATS, PostgreSQL, S3 and a browser for tests. A server whose variable is set already is taken as it is and not started,
 * and so is the program that `WHARF_TEST_CHROMIUM` names.
 */
export async function startTestServers(place: Place): Promise<TestServers> {
  const isS3Ours = !process.env.WHARF_TEST_S3_ENDPOINT;
  const useMinio = !isInstalled('radosgw') && findExecutable('minio') !== undefined;
  await ensureInstalled(
    [
      ...clients,
      ...unpackers,
      // Of use to who may mount alone.
      ...(isRoot() ? (['xfsprogs'] as const) : []),
      ...(process.env.WHARF_TEST_NATS_URL ? [] : (['nats-server'] as const)),
      ...(isS3Ours && !useMinio ? (['radosgw'] as const) : []),
      ...(process.env.WHARF_TEST_CHROMIUM ? [] : (['chromium'] as const)),
    ],
    (line) => console.error(line),
  );
  const starts: Promise<[RunningServer, Record<string, string>]>[] = [];
  if (!process.env.WHARF_TEST_NATS_URL) starts.push(nats(place));
  if (!process.env.WHARF_TEST_DATABASE_URL) starts.push(postgres(place));
  if (isS3Ours) starts.push(objectStore(place, useMinio));

  const results = await Promise.allSettled(starts);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async () => {
    await Promise.all(started.map(([server]) => server.stop()));
  };
  const failure = results.find((result) => result.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  const browser = process.env.WHARF_TEST_CHROMIUM ?? (findExecutable('chromium') as string);
  return { env: Object.assign({ WHARF_TEST_CHROMIUM: browser }, ...started.map(([, env]) => env)), stop };
}

async function nats({ dir, runDir, log }: Place): Promise<[RunningServer, Record<string, string>]> {
  const server = await startTestNats({ dir: path.join(dir, 'nats'), runDir, log });
  return [server, { WHARF_TEST_NATS_URL: server.url }];
}

async function postgres({ dir, runDir, log }: Place): Promise<[RunningServer, Record<string, string>]> {
  const server = await startPostgres({ dir: path.join(dir, 'postgres'), runDir, log, isDurable: false });
  return [server, { WHARF_TEST_DATABASE_URL: server.adminUrl }];
}

async function objectStore(
  { dir, runDir, log }: Place,
  useMinio: boolean,
): Promise<[RunningServer, Record<string, string>]> {
  const start: (options: Place) => Promise<ObjectServer> = useMinio ? startMinio : startRadosgw;
  const server = await start({ dir: path.join(dir, 's3'), runDir, log });
  return [
    server,
    {
      WHARF_TEST_S3_ENDPOINT: server.endpoint,
      WHARF_TEST_S3_ACCESS_KEY: server.accessKey,
      WHARF_TEST_S3_SECRET_KEY: server.secretKey,
    },
  ];
}
