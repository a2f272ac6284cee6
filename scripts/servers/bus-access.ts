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

/** The users of a configuration, and the variables of nats-server's environment in which it looks for their passwords. */
export function passwordVariables(config: string): Map<string, string> {
  return new Map(
    [...config.matchAll(/user: (\S+)\s+password: \$(\w+)/g)].map(([, user = '', name = '']) => [user, name]),
  );
}

/** What nats-server reads beside its configuration: no password stands in there. */
export function passwordEnvironment({ config, passwords }: BusAccess): Record<string, string> {
  const variables = [...passwordVariables(config)];
  return Object.fromEntries(variables.map(([user, variable]) => [variable, passwords[user] ?? '']));
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
  const users = [...passwordVariables(config).keys()];
  return { config, passwords: Object.fromEntries(users.map((user) => [user, keepPassword(dir, user)])) };
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
