import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { type Command, type Log, runToEnd, startProcess, waitUntil } from './child-process.ts';
import { pickFreePort } from './free-port.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { asRunningServer, type RunningServer } from './running-server.ts';
import { asUser, isRoot, type User, unprivilegedUser } from './unprivileged.ts';

export interface PostgresServer extends RunningServer {
  /** Superuser, database `wharf`. */
  url: string;
  /** Superuser, database `postgres`. */
  adminUrl: string;
  port: number;
}

export interface PostgresOptions {
  dir: string;
  port?: number;
  log: Log;
  runDir?: string;
  /** False gives up safety against a power cut for speed: for tests. */
  isDurable?: boolean;
}

/** The real PostgreSQL, reachable on loopback with a generated password; its data lives in `dir`. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, log, runDir, isDurable = true } = options;
  mkdirSync(dir, { recursive: true });
  const binaries = findPostgresBinaries();
  const dataDir = path.join(dir, 'data');
  if (!existsSync(dataDir)) await createCluster(options, binaries, dataDir);
  const password = readFileSync(path.join(dir, 'password'), 'utf8');

  const port = options.port ?? (await pickFreePort());
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=200',
    ...(isDurable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const args = ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])];
  const command = asOwner(dataDir, { command: binaries.postgres, args }, binaries);
  // SIGINT is PostgreSQL's fast shutdown: it does not wait for clients to leave.
  const server = await startProcess({ ...command, name: 'postgres', log, runDir, stopSignal: 'SIGINT' });
  try {
    await waitUntil([server], () => acceptsConnections(port));
  } catch (error) {
    await server.stop();
    throw error;
  }
  const urlOf = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  return { ...asRunningServer(server), url: urlOf('wharf'), adminUrl: urlOf('postgres'), port };
}

// Built aside and renamed into place, so that an interrupted creation is simply begun again.
async function createCluster(options: PostgresOptions, binaries: PostgresBinaries, dataDir: string): Promise<void> {
  const { dir, log, isDurable = true } = options;
  const draft = `${dataDir}.new`;
  const passwordFile = path.join(dir, 'password');
  const password = randomBytes(18).toString('base64url');
  rmSync(draft, { recursive: true, force: true });
  writeFileSync(passwordFile, password, { mode: 0o600 });
  mkdirSync(draft, { mode: 0o700 });
  const owner = isRoot() ? unprivilegedUser() : undefined;
  if (owner) giveTo(owner, draft, passwordFile);

  const initdb = { command: binaries.initdb, args: initdbArgs(draft, passwordFile, isDurable) };
  await runToEnd({ ...asOwner(draft, initdb, binaries), name: 'initdb', log });
  // A single-user server needs neither a port nor a client to create the database.
  const single = { command: binaries.postgres, args: ['--single', '-D', draft, 'postgres'] };
  const input = 'CREATE DATABASE wharf;\n';
  await runToEnd({ ...asOwner(draft, single, binaries), name: 'postgres --single', log, input });
  if (owner) chownSync(passwordFile, 0, 0);
  renameSync(draft, dataDir);
}

// The builtin locale sorts and folds case alike on every machine, whatever locales that has.
function initdbArgs(dataDir: string, passwordFile: string, isDurable: boolean): string[] {
  return [
    `--pgdata=${dataDir}`,
    '--username=postgres',
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(isDurable ? [] : ['--no-sync']),
  ];
}

/** As root the command is run as whoever owns the data: PostgreSQL insists on both. */
function asOwner(dataDir: string, command: Command, binaries: PostgresBinaries): Command {
  if (!isRoot()) return command;
  const { uid, gid } = statSync(dataDir);
  if (uid === 0) throw new Error(`${dataDir} belongs to root, as whom PostgreSQL does not run`);
  const user = { ...unprivilegedUser(), uid, gid };
  return asUser(user, command, [binaries.initdb, dataDir]);
}

function giveTo(user: User, ...files: string[]): void {
  for (const file of files) chownSync(file, user.uid, user.gid);
}

// Version 3.0 start-up packet. The reply begins with R (authentication) only when the server takes clients, and
// with E (error) while it still recovers, so that no password is needed to ask.
function acceptsConnections(port: number): Promise<boolean> {
  const parameters = Buffer.from('user\0postgres\0database\0postgres\0\0');
  const packet = Buffer.alloc(8 + parameters.length);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(3 << 16, 4);
  parameters.copy(packet, 8);
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const finish = (isReady: boolean) => {
      socket.destroy();
      resolve(isReady);
    };
    socket.setTimeout(2000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('connect', () => socket.write(packet));
    socket.on('data', (chunk) => finish(chunk[0] === 'R'.charCodeAt(0)));
  });
}
