import { createHmac } from 'node:crypto';
import type { Scope, User } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { AccountsStandIn } from '../../services/gateway/test/accounts-stand-in.js';
import type { TokenChanges } from '../../services/gateway/test/token-signer.js';

/**
 * Whoever answers for users, as far as the matrix needs it: credentials that are good, and such that are so but for one thing. What it is,
 * the service or a stand-in, only `startAccounts` knows.
 */
export interface Accounts {
  addUser(role: User['role']): Promise<User>;
  /** An access token of the user, as the service signs it, with what is changed. */
  sign(user: User, changes?: TokenChanges): Promise<string>;
  /** As it is shown to its user. */
  addKey(user: User, scopes: Scope[]): Promise<string>;
  revokeKey(key: string): Promise<void>;
  disable(user: User): Promise<void>;
  /** What is published of the key that signs. */
  publicKey(): { kid: string; x: string };
  close(): Promise<void>;
}

export async function startAccounts(bus: Bus): Promise<Accounts> {
  const standIn = await AccountsStandIn.start(bus);
  let users = 0;
  return {
    addUser: async (role) => standIn.addUser(`user-${users++}@example.org`, { role }),
    sign: (user, changes) => standIn.sign(user, changes),
    addKey: async (user, scopes) => standIn.addKey(user, scopes),
    revokeKey: (key) => standIn.revokeKey(key.split('_')[1] as string),
    disable: async (user) => void (await standIn.change(user.id, { disabled: true })),
    publicKey: () => standIn.signer.publicKeys[0] as { kid: string; x: string },
    close: () => standIn.stop(),
  };
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** The same claims, which nothing signs. */
export function unsigned(token: string): string {
  return `${encode({ alg: 'none', typ: 'at+jwt' })}.${token.split('.')[1]}.AA`;
}

/** The same claims, signed by what everybody knows. */
export function signedByPublicKey(token: string, { kid, x }: { kid: string; x: string }): string {
  const text = `${encode({ alg: 'HS256', typ: 'at+jwt', kid })}.${token.split('.')[1]}`;
  return `${text}.${createHmac('sha256', Buffer.from(x, 'base64url')).update(text).digest('base64url')}`;
}
