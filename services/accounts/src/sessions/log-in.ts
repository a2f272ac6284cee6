import { Email, type LogIn, type RpcRequest, type Tokens } from '@wharf/contracts';
import { networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { renewHash } from '../passwords/renew-hash.js';
import { findLoginByEmail } from './find-login.js';
import { judgePassword } from './judge-password.js';
import { openSession } from './open-session.js';

/**
 * Opens a session for who knows the password. A try that succeeds is given back, and no other one. Throws `unauthenticated`,
 * `rate_limited`, `unavailable`.
 */
export async function logIn(accounts: Accounts, request: RpcRequest<typeof LogIn>): Promise<Tokens> {
  const { client, email, password } = request;
  const address = Email.safeParse(email).data ?? null;
  const found = await findLoginByEmail(accounts.orm, { email: address, network: networkOf(client.address) });
  const { giveBack, user } = await judgePassword(accounts, { user: found, email, password, client });
  const { id: userId, password_hash: passwordHash } = user;
  const tokens = await openSession(accounts, { userId, passwordHash, client });
  // The user is another one by now: judged anew. The try stays counted, so that this ends.
  if (!tokens) return logIn(accounts, request);
  accounts.metrics.logins.inc({ outcome: 'succeeded' });
  await giveBack();
  await renewHash(accounts, { userId, password, hash: passwordHash });
  return tokens;
}
