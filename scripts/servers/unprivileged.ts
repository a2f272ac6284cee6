import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from './child-process.ts';
import { findExecutable } from './find-executable.ts';

export interface User {
  name: string;
  uid: number;
  gid: number;
}

export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user that everything is run as where we are root: `wharf` where there is one, else `nobody`. Not `postgres`: as whom it could read,
 * and connect to, a PostgreSQL of the machine's own.
 */
export function unprivilegedUser(): User {
  const [user] = unprivilegedUsers();
  if (!user)
    throw new Error('Wharf does not run as root, and there is neither a user wharf nor nobody: useradd --system wharf');
  return user;
}

export function unprivilegedUsers(): User[] {
  return ['wharf', 'nobody'].map(findUser).filter((user) => user !== undefined);
}

/** The command as `user`, who must be able to reach all of `paths`. */
export function asUser(user: User, { command, args }: Command, paths: string[]): Command {
  const blocked = paths.find((each) => !canReach(user, each));
  if (!blocked) return { command, args, uid: user.uid, gid: user.gid };
  // A checkout below a closed folder such as /root: the process may pass through folders, and nothing else changes.
  const setpriv = findExecutable('setpriv');
  const capability = traversalCapability();
  if (!setpriv || !capability) throw new Error(explainBlocked(user, blocked));
  return {
    command: setpriv,
    args: [
      `--reuid=${user.uid}`,
      `--regid=${user.gid}`,
      '--clear-groups',
      `--inh-caps=+${capability}`,
      `--ambient-caps=+${capability}`,
      // Without it access(2), with which PostgreSQL looks for its programs, would judge by the user alone.
      '--securebits=+no_setuid_fixup',
      command,
      ...args,
    ],
  };
}

// Containers often hold only the second of the two.
function traversalCapability(): string | undefined {
  const held = BigInt(`0x${/^CapPrm:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0'}`);
  if (held & (1n << 2n)) return 'dac_read_search';
  if (held & (1n << 1n)) return 'dac_override';
  return undefined;
}

function canReach(user: User, file: string): boolean {
  const { status } = spawnSync('test', ['-r', file], { cwd: '/', uid: user.uid, gid: user.gid, stdio: 'ignore' });
  return status === 0;
}

function explainBlocked(user: User, blocked: string): string {
  const parents: string[] = [];
  for (let folder = path.dirname(blocked); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    parents.unshift(folder);
  }
  const closed = parents.find((folder) => !canReach(user, path.join(folder, '.'))) ?? blocked;
  return (
    `PostgreSQL does not run as root, and user ${user.name} may not enter ${closed}. ` +
    'Install util-linux (setpriv), open the folder with chmod o+x, or run Wharf as an ordinary user.'
  );
}

function findUser(name: string): User | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { name, uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}
