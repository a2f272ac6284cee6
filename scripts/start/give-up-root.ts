import { chmodSync, existsSync, lchownSync, lstatSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockDataDir } from '../servers/data-lock.ts';
import { ensureInstalled } from '../servers/ensure-installed.ts';
import { endLeftovers } from '../servers/leftovers.ts';
import { findPostgresBinaries } from '../servers/postgres-binaries.ts';
import {
  asUserWhoMayPass,
  canReach,
  findClosed,
  type User,
  unprivilegedUser,
  unprivilegedUsers,
} from '../servers/unprivileged.ts';
import { checkEntries, closeDataDir, knownEntries, makeFolder, requireOwn } from './data-dir.ts';
import { requireBuilt, serviceMainFiles } from './service-process.ts';
import { given, isGiven } from './settings.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

/**
 * Does what only root can do, and makes this process one of an unprivileged user for good: from here on all is as if that user had started it, and no
 * child has to be handled. Nothing in a folder of that user is written as root, since the user could have laid a symbolic link there.
 */
export async function giveUpRoot(root: string, dataDir: string): Promise<void> {
  requireBuilt(root);
  makeFolder(dataDir);
  const user = ownerToBe(dataDir);
  await installServers(dataDir);
  // The links and rights that its package needs are made in the checkout, which stays root's.
  const binaries = isGiven('DATABASE_URL') ? [] : Object.values(findPostgresBinaries());
  if (lstatSync(dataDir).uid === 0) await handOver(dataDir, user);
  const named = givenFolders(dataDir);
  for (const [name, folder] of named) giveFolder(name, folder, user);

  const programs = [process.execPath, ...binaries];
  requireRunnable(root, programs, user);
  const code = [...serviceMainFiles(root), path.join(root, 'scripts/start.ts')];
  // Its home is what it owns.
  process.env.HOME = dataDir;
  const blocked = [...programs, ...code, dataDir, ...named.map(([, folder]) => folder)].find(
    (each) => !canReach(user, each),
  );
  if (blocked) becomeWhoMayPass(root, user, blocked);
  process.setgroups?.([]);
  process.setgid?.(user.gid);
  process.setuid?.(user.uid);
}

/** No capability helps where packages were installed with a umask such as 077. */
function requireRunnable(root: string, programs: string[], user: User): void {
  const locked = programs.find((each) => (statSync(each).mode & 0o001) === 0);
  if (!locked) return;
  throw new Error(
    `user ${user.name}, as whom Wharf runs, may not run ${locked}. Open the checkout: chmod -R o+rX ${root}`,
  );
}

/** Who owns the folder already, if it is one of those as whom we run. */
function ownerToBe(dataDir: string): User {
  const { uid } = lstatSync(dataDir);
  const owner = unprivilegedUsers().find((each) => each.uid === uid);
  const user = owner ?? unprivilegedUser();
  // Root's, and what is no folder, is refused as well.
  requireOwn(dataDir, 'folder', uid === 0 ? 0 : user.uid);
  return user;
}

async function installServers(dataDir: string): Promise<void> {
  if (!isGiven('NATS_URL')) await ensureInstalled(['nats-server'], say);
  const isStoreGiven = isGiven('OBJECT_STORE_URL') || isGiven('S3_ENDPOINT_URL');
  if (!isStoreGiven && existsSync(path.join(dataDir, 'radosgw'))) await ensureInstalled(['radosgw'], say);
}

/** A folder of earlier versions, which ran as root, or a new one. The folder itself comes last: until then it is begun again. */
async function handOver(dataDir: string, user: User): Promise<void> {
  const entries = readdirSync(dataDir);
  const isOurs =
    entries.includes('ports.json') || entries.every((name) => [...knownEntries, 'lost+found'].includes(name));
  if (!isOurs) {
    throw new Error(`${dataDir} is not empty, and no data folder of Wharf: choose another one with WHARF_DATA_DIR`);
  }
  checkEntries(dataDir, 'anyone');
  // An earlier version that still runs has to pass through: closed to others is only what nobody uses.
  chmodSync(dataDir, lstatSync(dataDir).mode & 0o755);
  const unlock = lockDataDir(dataDir);
  try {
    // PostgreSQL's data has belonged to another user all along.
    closeDataDir(dataDir, 'anyone');
    await endLeftovers(path.join(dataDir, 'run'));
    if (entries.length > 0) say(`giving ${dataDir} to user ${user.name}, as whom everything runs from now on …`);
    for (const name of knownEntries) giveTree(path.join(dataDir, name), user);
  } finally {
    unlock();
  }
  lchownSync(dataDir, user.uid, user.gid);
}

function giveTree(entry: string, user: User): void {
  const stat = lstatSync(entry, { throwIfNoEntry: false });
  if (!stat) return;
  if (stat.isDirectory()) for (const name of readdirSync(entry)) giveTree(path.join(entry, name), user);
  if (stat.uid !== user.uid || stat.gid !== user.gid) lchownSync(entry, user.uid, user.gid);
}

/** Folders outside of the data folder that the environment names: whoever named them decides whose they are, unless they are empty. */
function givenFolders(dataDir: string): [string, string][] {
  const [volume, objects] = [given('VOLUME_DIR'), given('OBJECT_STORE_URL')];
  const folders: [string, string][] = [];
  if (volume) folders.push(['VOLUME_DIR', path.resolve(volume)]);
  // What is no such address is named by the services.
  if (objects?.startsWith('file:///') && URL.canParse(objects))
    folders.push(['OBJECT_STORE_URL', fileURLToPath(objects)]);
  return folders.filter(([, folder]) => !folder.startsWith(`${dataDir}${path.sep}`));
}

function giveFolder(name: string, folder: string, user: User): void {
  makeFolder(folder);
  const within = readdirSync(folder, { withFileTypes: true });
  if (within.length === 0) lchownSync(folder, user.uid, user.gid);
  const folders = within.filter((each) => each.isDirectory()).map((each) => path.join(folder, each.name));
  const refused = [folder, ...folders].find((each) => !canReach(user, each, 'w'));
  if (!refused || canOnlyNotPass(user, folder)) return;
  throw new Error(
    `${name}: everything runs as user ${user.name}, who may not write to ${refused}. Give the folder to that user: chown -R ${user.name}: ${folder}`,
  );
}

/** The way there is closed, which is dealt with for all folders together; the folder itself may be the user's. */
function canOnlyNotPass(user: User, folder: string): boolean {
  return findClosed(user, folder) !== folder && lstatSync(folder).uid === user.uid;
}

/** Starts this program again in this process, as `user` with one capability: Node could not keep one beyond setuid. */
function becomeWhoMayPass(root: string, user: User, blocked: string): never {
  const closed = findClosed(user, blocked);
  const command = { command: process.execPath, args: [...process.execArgv, ...process.argv.slice(1)] };
  const { command: file, args } = asUserWhoMayPass(user, command, blocked);
  const remedy = closed === blocked ? `chmod -R o+rX ${root}` : `chmod o+x ${closed}`;
  console.error(
    `WARNING: user ${user.name}, as whom Wharf runs, may not enter ${closed}. All its processes therefore keep the right to read every file of this machine. ` +
      `Better: ${remedy}, or a checkout and a data folder elsewhere, such as below /srv.`,
  );
  // That execve is experimental is our affair.
  process.removeAllListeners('warning');
  process.execve?.(file, [file, ...args], process.env as NodeJS.Dict<string>);
  throw new Error(`cannot run ${file}`);
}
