import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeDurably } from './durable-file.ts';

/** Users and permissions, as nats-server reads them. */
export interface BusAccess {
  config: string;
  /** By the name of the user. */
  passwords: Readonly<Record<string, string>>;
}

const thisCheckout = path.resolve(import.meta.dirname, '../..');

/** The generated configuration of a checkout; undefined where it is of a version whose bus is open. */
export function readBusUsers(root: string = thisCheckout): string | undefined {
  const file = path.join(root, 'deploy/nats/users.conf');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

export function busUserNames(config: string): string[] {
  return [...config.matchAll(/^\s*user: (\S+)$/gm)].map(([, name = '']) => name);
}

/** The variable of nats-server's environment in which the configuration looks for a user's password. */
function passwordVariable(user: string): string {
  return `NATS_${user.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
}

/** What nats-server reads beside its configuration: no password stands in there. */
export function passwordEnvironment({ passwords }: BusAccess): Record<string, string> {
  return Object.fromEntries(Object.entries(passwords).map(([user, password]) => [passwordVariable(user), password]));
}

export function busPasswordFile(dir: string, user: string): string {
  return path.join(dir, 'passwords', user);
}

/**
 * Users with passwords of their own, which are kept below `dir`, a file each, from start to start. One that is missing or was broken off when
 * it was written is made anew: nothing that is stored depends on it.
 */
export function keepBusAccess(dir: string): BusAccess {
  const config = readBusUsers();
  if (config === undefined) throw new Error('deploy/nats/users.conf is missing: npm run write-bus-users');
  mkdirSync(path.join(dir, 'passwords'), { recursive: true, mode: 0o700 });
  return { config, passwords: Object.fromEntries(busUserNames(config).map((user) => [user, keepPassword(dir, user)])) };
}

function keepPassword(dir: string, user: string): string {
  const file = busPasswordFile(dir, user);
  const kept = existsSync(file) ? /^[a-z][a-z0-9]{20,}$/.exec(readFileSync(file, 'utf8').trimEnd())?.[0] : undefined;
  if (kept) return kept;
  // nats-server reads a variable as it reads a value of its configuration: what begins with a digit could be a number to it.
  const password = `w${randomBytes(20).toString('hex')}`;
  writeDurably(file, password);
  return password;
}
