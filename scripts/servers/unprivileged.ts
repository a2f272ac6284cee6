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
export function asUser(user: User, command: Command, paths: string[]): Command {
  const blocked = paths.find((each) => !canReach(user, each));
  return blocked ? asUserWhoMayPass(user, command, blocked) : { ...command, uid: user.uid, gid: user.gid };
}

/**
 * For a checkout below a closed folder such as /root: the command as `user`, with the capability to pass through folders, and to read files, of others.
 * Throws where that cannot be had, saying what `user` cannot reach.
 */
export function asUserWhoMayPass(user: User, { command, args }: Command, blocked: string): Command {
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

export function canReach(user: User, file: string, access: 'r' | 'w' | 'x' = 'r'): boolean {
  const options = { cwd: '/', uid: user.uid, gid: user.gid, stdio: 'ignore' } as const;
  return spawnSync('test', [`-${access}`, file], options).status === 0;
}

function explainBlocked(user: User, blocked: string): string {
  const closed = findClosed(user, blocked);
  return (
    `Wharf does not run as root, and user ${user.name} may not enter ${closed}. ` +
    `Open it with chmod o+x ${closed}, install util-linux (setpriv), or run Wharf as an ordinary user.`
  );
}

/** The first folder on the way to `blocked` that `user` may not enter; `blocked` itself where that is closed. */
export function findClosed(user: User, blocked: string): string {
  const parents: string[] = [];
  for (let folder = path.dirname(blocked); folder !== path.dirname(folder); folder = path.dirname(folder)) {
    parents.unshift(folder);
  }
  return parents.find((folder) => !canReach(user, folder, 'x')) ?? blocked;
}

function findUser(name: string): User | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }));
    return { name, uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}
