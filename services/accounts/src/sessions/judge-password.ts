import { createHash, randomUUIDv7 } from 'node:crypto';
import { type EventData, type LogIn, LoginFailed, type RpcRequest } from '@wharf/contracts';
import { hashOfNobody } from '@wharf/passwords';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { tell } from '../announce.js';
import { keysOfLogin } from '../tries/keys-of-login.js';
import { loginTries } from '../tries/login-tries.js';
import type { FoundLogin } from './find-login.js';
import { wrongLogin } from './wrong-login.js';

type Client = RpcRequest<typeof LogIn>['client'];
type Reason = EventData<typeof LoginFailed>['reason'];

interface Try {
  /** As it was typed. */
  email: string;
  password: string;
  client: Client;
  /** Undefined where nobody has the address. */
  user: FoundLogin | undefined;
}

interface Proof {
  user: FoundLogin;
  /** Of the try, which counts until then. */
  giveBack(): Promise<void>;
}

/**
 * Whether the password is the user's. An unknown address, a wrong password and a disabled user are refused alike, after the same statements
 * and one hash of the same size. Every try counts before it is judged, so that no number of tries at once gets past the limit. Throws
 * `unauthenticated`, `rate_limited`, `unavailable`.
 */
export async function judgePassword(accounts: Accounts, { client, email, password, user }: Try): Promise<Proof> {
  const network = networkOf(client.address);
  const keys = keysOfLogin({ email, network, isKnownNetwork: user?.is_known_network === true });
  const tries = await loginTries.take(accounts.orm, keys);
  if (!tries) throw await refuse(accounts, 'rate_limited', { user, client, keys });
  const giveBack = () => loginTries.giveBack(accounts.orm, tries);
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
  return { user, giveBack };
}

async function refuse(
  accounts: Accounts,
  reason: Reason,
  { client, keys, user }: { client: Client; user?: FoundLogin | undefined; keys?: readonly string[] },
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
