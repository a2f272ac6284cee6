import type { Register, RpcRequest, Tokens } from '@wharf/contracts';
import { AppError, networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { openSession } from '../sessions/open-session.js';
import { wrongLogin } from '../sessions/wrong-login.js';
import { loginTries } from '../tries/login-tries.js';
import { createUser } from './create-user.js';

/**
 * Makes a user and logs it in. Whether an address is taken can be learnt here, as at every door that lets people register: so the tries
 * of a network are counted as those of logins are. Throws `forbidden`, `conflict`, `rate_limited`, `unavailable`.
 */
export async function register(
  accounts: Accounts,
  { client, email, password }: RpcRequest<typeof Register>,
): Promise<Tokens> {
  if (accounts.config.registration !== 'open') throw new AppError('forbidden', 'registration is closed');
  const tries = await loginTries.take(accounts.orm, [`register:${networkOf(client.address)}`]);
  if (!tries) throw new AppError('rate_limited', 'too many registrations from this address; try again later');
  const user = await createUser(accounts, { email, password, role: 'user' });
  const tokens = await openSession(accounts, { userId: user.id, client, passwordHash: null });
  if (!tokens) throw wrongLogin();
  return tokens;
}
