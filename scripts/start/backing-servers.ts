import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { busPasswordFile, keepBusAccess } from '../servers/bus-access.ts';
import type { Log } from '../servers/child-process.ts';
import { isInstalled } from '../servers/ensure-installed.ts';
import { findExecutable } from '../servers/find-executable.ts';
import { startMinio } from '../servers/minio.ts';
import { startNats } from '../servers/nats.ts';
import type { ObjectServer } from '../servers/object-server.ts';
import { startPostgres } from '../servers/postgres.ts';
import { passwordFile } from '../servers/postgres-passwords.ts';
import { startRadosgw } from '../servers/radosgw.ts';
import type { RunningServer } from '../servers/running-server.ts';
import type { PortBook } from './port-book.ts';
import { given, isGiven } from './settings.ts';

/** Something that the services need: given by the environment, a folder, or a server that is to be started. */
export interface Backing {
  label: string;
  /** Known before the start where nothing is started. */
  address: string;
  env: Record<string, string>;
  /** What one service alone is given. */
  envOf?(service: string): Record<string, string>;
  server?: {
    name: string;
    /** Always on the same port: it is used again when the server has died. */
    start(): Promise<Started>;
  };
}

interface Started {
  running: RunningServer;
  address: string;
  env: Record<string, string>;
  envOf?(service: string): Record<string, string>;
}

interface Place {
  dir: string;
  port: number;
  log: Log;
  runDir: string;
}

export async function chooseBackings(dataDir: string, ports: PortBook): Promise<Backing[]> {
  const place = async (name: string, usualPort: number): Promise<Place> => ({
    dir: path.join(dataDir, name),
    port: await ports.pick(name, usualPort),
    log: logFile(dataDir, name),
    runDir: path.join(dataDir, 'run'),
  });
  return [await chooseNats(place), await choosePostgres(place), await chooseObjectStore(dataDir, place)];
}

type PlaceFor = (name: string, usualPort: number) => Promise<Place>;

async function chooseNats(placeFor: PlaceFor): Promise<Backing> {
  const backing = { label: 'NATS', env: {} };
  if (isGiven('NATS_URL')) return { ...backing, address: givenAddress('NATS_URL') };
  const place = await placeFor('nats', 4222);
  const start = async () => {
    const access = keepBusAccess(place.dir);
    const running = await startNats({ ...place, access });
    const address = `${running.url} (users wharf and integrator, passwords in ${path.dirname(busPasswordFile(place.dir, 'wharf'))})`;
    // Credentials of another kind are of another NATS.
    const env = { NATS_URL: running.url, NATS_CREDS: '', NATS_NKEY_SEED: '' };
    const envOf = (service: string) => ({ NATS_USER: service, NATS_PASSWORD: access.passwords[service] ?? '' });
    return { running, address, env, envOf };
  };
  return { ...backing, address: '', server: { name: 'nats', start } };
}

async function choosePostgres(placeFor: PlaceFor): Promise<Backing> {
  const backing = { label: 'PostgreSQL', env: {} };
  if (isGiven('DATABASE_URL')) return { ...backing, address: givenAddress('DATABASE_URL') };
  const place = await placeFor('postgres', 5432);
  const start = async () => {
    const running = await startPostgres(place);
    const address = `${withoutPassword(running.url)} (password in ${passwordFile(place.dir, 'wharf')})`;
    return { running, address, env: { DATABASE_URL: running.url } };
  };
  return { ...backing, address: '', server: { name: 'postgres', start } };
}

async function chooseObjectStore(dataDir: string, placeFor: PlaceFor): Promise<Backing> {
  const label = 'object store';
  for (const name of ['OBJECT_STORE_URL', 'S3_ENDPOINT_URL']) {
    if (isGiven(name)) return { label, address: givenAddress(name), env: {} };
  }
  const kind = chooseStore(dataDir);
  if (kind === 'minio') return s3Backing(kind, startMinio, await placeFor(kind, 9000));
  if (kind === 'radosgw') return s3Backing(kind, startRadosgw, await placeFor(kind, 9000));
  const folder = path.join(dataDir, kind);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const url = pathToFileURL(folder).href;
  return { label, address: `${url} (a folder, no S3 server)`, env: { OBJECT_STORE_URL: url } };
}

// What was used once is used again: files copied there would be missing from a server that was installed later.
// Ceph ends itself where its own path holds anything but ASCII.
export function chooseStore(dataDir: string): 'minio' | 'radosgw' | 'objects' {
  const isPlain = /^[\x20-\x7e]+$/.test(dataDir);
  const used = (['minio', 'radosgw', 'objects'] as const).find((kind) => existsSync(path.join(dataDir, kind)));
  if (used === 'radosgw' && !isPlain) {
    throw new Error(
      `Ceph cannot keep its files under ${dataDir}: its path has to be ASCII. Move the folder, and name its new place with WHARF_DATA_DIR.`,
    );
  }
  if (used) return used;
  if (findExecutable('minio')) return 'minio';
  return isPlain && isInstalled('radosgw') ? 'radosgw' : 'objects';
}

function s3Backing(name: string, startServer: (place: Place) => Promise<ObjectServer>, place: Place): Backing {
  const start = async () => {
    const running = await startServer(place);
    const env = {
      S3_ENDPOINT_URL: running.endpoint,
      S3_ACCESS_KEY: running.accessKey,
      S3_SECRET_KEY: running.secretKey,
      S3_BUCKET: given('S3_BUCKET') ?? 'wharf',
    };
    return { running, address: `${running.endpoint} (${name})`, env };
  };
  return { label: 'object store', address: '', env: {}, server: { name, start } };
}

/** What servers print goes to `<data dir>/log`, begun anew with each start. */
function logFile(dataDir: string, name: string): Log {
  const folder = path.join(dataDir, 'log');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = createWriteStream(path.join(folder, `${name}.log`), { mode: 0o600 });
  file.on('error', () => {});
  return (line) => file.write(`${line}\n`);
}

function givenAddress(name: string): string {
  const value = given(name);
  return value === undefined ? `from ${name}_FILE` : `${withoutPassword(value)} (from ${name})`;
}

function withoutPassword(urls: string): string {
  // Without a password what stands before the host is a token.
  return urls.replace(/:\/\/([^:@/]*)(:[^@/]*)?@/g, (_all, user, password) => `://${password ? user : '***'}@`);
}
