import { createHash, randomUUIDv7 } from 'node:crypto';
import { Email, type EventData, type LogIn, LoginFailed, type RpcRequest, type Tokens } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { hashOfNobody } from '../passwords/argon2.js';
import { renewHash } from '../passwords/renew-hash.js';
import { keysOfLogin } from '../tries/keys-of-login.js';
import { giveTriesBack, takeTries } from '../tries/take-tries.js';
import { openSession } from './open-session.js';
import { wrongLogin } from './wrong-login.js';

type Request = RpcRequest<typeof LogIn>;
type Reason = EventData<typeof LoginFailed>['reason'];

interface Found {
  id: string;
  password_hash: string;
  disabled: boolean;
  is_known_network: boolean;
}

const find = prepared(
  'find_login',
  `select account.id, account.password_hash, account.disabled, exists (
     select 1 from accounts.known_networks where user_id = account.id and network = :network
   ) as is_known_network
   from accounts.users account where account.email = :email`,
);

/**
 * Opens a session for who knows the password. An unknown address, a wrong password and a disabled user are refused alike, after the same
 * statements and one hash of the same size. Every try counts before it is judged, so that no number of tries at once gets past the limit;
 * one that succeeds is given back. Throws `unauthenticated`, `rate_limited`, `unavailable`.
 */
export async function logIn(accounts: Accounts, { client, email, password }: Request): Promise<Tokens> {
  const address = Email.safeParse(email);
  const network = networkOf(client.address);
  const [user] = await run<Found>(accounts.orm, find, { email: address.data ?? null, network });
  const keys = keysOfLogin({ email, network, isKnownNetwork: user?.is_known_network === true });
  const tries = await takeTries(accounts.orm, keys);
  if (!tries) throw await refuse(accounts, 'rate_limited', { user, client, keys });
  const giveBack = () => giveTriesBack(accounts.orm, tries);

  const isRight = await accounts.hasher
    .verify(password, user?.password_hash ?? hashOfNobody)
    .catch(async (error: unknown) => {
      // Nothing was learnt of the password.
      await giveBack();
      throw error;
    });
  if (!user) throw await refuse(accounts, 'unknown', { client });
  if (!isRight) throw await refuse(accounts, 'wrong_password', { user, client });
  if (user.disabled) throw await refuse(accounts, 'disabled', { user, client });

  const tokens = await openSession(accounts, { userId: user.id, client });
  accounts.metrics.logins.inc({ outcome: 'succeeded' });
  await giveBack();
  await renewHash(accounts, { userId: user.id, password, hash: user.password_hash });
  return tokens;
}

async function refuse(
  accounts: Accounts,
  reason: Reason,
  { client, keys, user }: { client: Request['client']; user?: Found | undefined; keys?: readonly string[] },
): Promise<AppError> {
  accounts.metrics.logins.inc({ outcome: reason });
  const userId = user?.id ?? null;
  accounts.logger.info({ reason, user_id: userId, address: client.address }, 'a login was refused');
  const now = new Date();
  await tell(accounts, LoginFailed, {
    subject: userId ?? 'login',
    id: keys ? floodId(keys, now) : randomUUIDv7(),
    time: now,
    data: { user_id: userId, reason, address: client.address, at: now.toISOString() },
  });
  return reason === 'rate_limited'
    ? new AppError('rate_limited', 'too many logins were tried; try again in 15 minutes')
    : wrongLogin();
}

/** One for five minutes of refusals: JetStream drops the others, which may come by the thousand. */
function floodId(keys: readonly string[], now: Date): string {
  const digest = createHash('sha256').update(keys.join('\n')).digest('hex');
  return `rate_limited.${digest.slice(0, 32)}.${Math.floor(now.getTime() / 300_000)}`;
}
