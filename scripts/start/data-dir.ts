import { accessSync, chmodSync, constants, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import { programFile } from './tell-program.ts';

/** What `npm start` keeps in a data folder. */
const folders = ['volume', 'accounts', 'nats', 'postgres', 'minio', 'radosgw', 'objects', 'log', 'run'];
const files = ['lock', 'ports.json', programFile];
/** Whose entries are looked at one by one; the others hold files of clients, and no names of our choice. */
const lookedInto = ['accounts', 'nats', 'postgres', 'minio', 'radosgw', 'log', 'run'];

/** A user's number. */
type Owner = number | 'anyone';

export const knownEntries = [...folders, ...files];

/**
 * Makes the folder where it is missing, for its owner alone; folders above it are made as the umask says. Throws, in words, where nothing can be
 * written there.
 */
export function makeFolder(dir: string): void {
  try {
    if (!exists(dir)) {
      mkdirSync(path.dirname(dir), { recursive: true });
      mkdirSync(dir, { mode: 0o700 });
    }
    accessSync(dir, constants.W_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = unwritable[code];
    if (!reason) throw error;
    throw new Error(
      `${dir} ${reason} (${code}). Choose a folder that can be written: WHARF_DATA_DIR=/path/to/folder npm start`,
      { cause: error },
    );
  }
}

const unwritable: Record<string, string | undefined> = {
  EROFS: 'is on a file system that is read-only',
  EACCES: 'cannot be written by this user',
  EPERM: 'cannot be made there',
  ENOSPC: 'is on a file system that is full',
  ENOENT: 'cannot be made there',
  ENOTDIR: 'is below a file, not below a folder',
};

/**
 * Closes the folder, and all that we write in it, to everybody but its owner; earlier versions left some of it open. Throws where it is somebody else's
 * or where something else lies in a place of ours: written through, a symbolic link would lead anywhere.
 */
export function closeDataDir(dir: string, owner: Owner = process.getuid?.() ?? 'anyone'): void {
  requireOwn(dir, 'folder', owner);
  // First: from here on nobody else can change what is looked at next.
  tighten(dir);
  for (const entry of checkEntries(dir, owner)) tighten(entry);
}

/** What of ours there is in the folder. Throws for what does not belong there. */
export function checkEntries(dir: string, owner: Owner): string[] {
  const expected = [
    ...folders.map((name) => [name, 'folder'] as const),
    ...files.map((name) => [name, 'file'] as const),
  ];
  const own = expected.map(([name, kind]) => [path.join(dir, name), kind] as const).filter(([entry]) => exists(entry));
  for (const [entry, kind] of own) requireOwn(entry, kind, owner);
  const within = lookedInto.map((name) => path.join(dir, name)).filter(exists);
  const deeper = within.flatMap((folder) => readdirSync(folder).map((name) => path.join(folder, name)));
  for (const entry of deeper) requireOwn(entry, 'either', owner);
  return [...own.map(([entry]) => entry), ...deeper];
}

/** The folder above that lets everybody exchange the data folder for another one, if there is one. */
export function findOpenParent(dir: string): string | undefined {
  for (let parent = path.dirname(dir); ; parent = path.dirname(parent)) {
    const { mode } = statSync(parent);
    // A sticky folder, such as /tmp, lets only owners rename and remove.
    if ((mode & 0o002) !== 0 && (mode & 0o1000) === 0) return parent;
    if (parent === path.dirname(parent)) return undefined;
  }
}

type Kind = 'file' | 'folder' | 'either';

export function requireOwn(entry: string, kind: Kind, owner: Owner): void {
  const stat = lstatSync(entry);
  const found = kindOf(stat);
  if (found !== 'file' && found !== 'folder') {
    throw new Error(
      `${entry} is ${found}, through which Wharf does not write. Remove it, or choose another folder with WHARF_DATA_DIR.`,
    );
  }
  if (kind !== 'either' && found !== kind) {
    throw new Error(`${entry} is a ${found} and should be a ${kind}. Choose another folder with WHARF_DATA_DIR.`);
  }
  if (owner === 'anyone' || stat.uid === owner) return;
  throw new Error(
    `${entry} belongs to user ${stat.uid}, and Wharf would run as user ${owner}. Start it as its owner, or choose another folder with WHARF_DATA_DIR.`,
  );
}

function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'folder';
  return stat.isSymbolicLink() ? 'a symbolic link' : 'neither a file nor a folder';
}

function tighten(entry: string): void {
  const { mode } = statSync(entry);
  if ((mode & 0o077) !== 0) chmodSync(entry, mode & 0o700);
}

/** Also a link that leads nowhere. */
function exists(entry: string): boolean {
  return lstatSync(entry, { throwIfNoEntry: false }) !== undefined;
}
