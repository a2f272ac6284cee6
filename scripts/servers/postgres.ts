import { chownSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { type Command, type Log, runToEnd, startProcess, waitUntil } from './child-process.ts';
import { syncFolder } from './durable-file.ts';
import { pickFreePort } from './free-port.ts';
import { findPostgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { keepPassword, newPassword, passwordFile, type Role, readPassword, roles } from './postgres-passwords.ts';
import { createDatabaseSql, handOverSql, rolesSql } from './postgres-sql.ts';
import { asRunningServer, type RunningServer } from './running-server.ts';
import { asUser, isRoot, unprivilegedUser } from './unprivileged.ts';

export interface PostgresServer extends RunningServer {
  /** Database `wharf`, as the role of that name: it owns this database and nothing else. */
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
  /** Further settings, such as `ssl=on`. */
  settings?: readonly string[];
}

/** The real PostgreSQL, reachable on loopback with generated passwords; its data lives in `dir`. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const { dir, log, runDir, isDurable = true } = options;
  mkdirSync(dir, { recursive: true, mode: isRoot() ? 0o755 : 0o700 });
  const binaries = findPostgresBinaries();
  const dataDir = path.join(dir, 'data');
  const passwords = existsSync(dataDir)
    ? await ensureRoles(options, binaries, dataDir)
    : await createCluster(options, binaries, dataDir);

  const port = options.port ?? (await pickFreePort());
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    'max_connections=400',
    ...(isDurable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...(options.settings ?? []),
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
  // Each role has the database of its name.
  const urlOf = (role: Role) => `postgresql://${role}:${encodeURIComponent(passwords[role])}@127.0.0.1:${port}/${role}`;
  return { ...asRunningServer(server), url: urlOf('wharf'), adminUrl: urlOf('postgres'), port };
}

// Built aside and renamed into place, so that an interrupted creation is simply begun again.
async function createCluster(options: PostgresOptions, binaries: PostgresBinaries, dataDir: string) {
  const { dir, log, isDurable = true } = options;
  const draft = `${dataDir}.new`;
  const passwords = { postgres: newPassword(), wharf: newPassword() };
  rmSync(draft, { recursive: true, force: true });
  mkdirSync(draft, { mode: 0o700 });
  for (const role of roles) keepPassword(dir, role, passwords[role]);
  const file = passwordFile(dir, 'postgres');
  if (isRoot()) for (const each of [draft, file]) giveAway(each);

  const initdb = { command: binaries.initdb, args: initdbArgs(draft, file, isDurable) };
  await runToEnd({ ...asOwner(draft, initdb, binaries), name: 'initdb', log });
  await runSql(options, binaries, draft, 'postgres', [...rolesSql(passwords), ...createDatabaseSql]);
  if (isRoot()) chownSync(file, 0, 0);
  renameSync(draft, dataDir);
  syncFolder(dir);
  return passwords;
}

/**
 * The passwords of a cluster that was made before. Where one is missing or broken both are set anew: earlier versions had no role `wharf`,
 * and a power cut could leave an empty file. Its file comes last: with it, all that is the role's was given to it.
 */
async function ensureRoles(options: PostgresOptions, binaries: PostgresBinaries, dataDir: string) {
  const { dir, log } = options;
  const lost = roles.filter((role) => readPassword(dir, role) === undefined);
  const passwordOf = (role: Role) => readPassword(dir, role) ?? newPassword();
  const passwords = { postgres: passwordOf('postgres'), wharf: passwordOf('wharf') };
  if (lost.length === 0) return passwords;
  for (const role of lost) log(`${passwordFile(dir, role)} is missing or broken: role ${role} gets a new password`);
  await runSql(options, binaries, dataDir, 'postgres', rolesSql(passwords));
  await runSql(options, binaries, dataDir, 'wharf', handOverSql);
  for (const role of lost) keepPassword(dir, role, passwords[role]);
  return passwords;
}

/** By a single-user server: it needs neither a port nor a client nor a password. */
async function runSql(
  { log }: PostgresOptions,
  binaries: PostgresBinaries,
  dataDir: string,
  database: string,
  statements: string[],
): Promise<void> {
  // It would go on after an error and end with 0; and what it says of an error would hold passwords.
  const settings = ['-c', 'exit_on_error=on', '-c', 'log_min_error_statement=panic'];
  const single = { command: binaries.postgres, args: ['--single', '-D', dataDir, ...settings, database] };
  // A statement ends with its line.
  const input = statements.map((statement) => `${statement.replace(/\s*\n\s*/g, ' ')};\n`).join('');
  await runToEnd({ ...asOwner(dataDir, single, binaries), name: 'postgres --single', log, input });
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

function giveAway(file: string): void {
  const { uid, gid } = unprivilegedUser();
  chownSync(file, uid, gid);
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
