import type { ChangePassword, RpcRequest } from '@wharf/contracts';
import { AppError, hasCode, networkOf } from '@wharf/service-kit';
import type { Accounts } from '../accounts.js';
import { findLoginById } from '../sessions/find-login.js';
import { judgePassword } from '../sessions/judge-password.js';
import { loggedInUserId, notAUser } from '../users/user-of-caller.js';
import { savePassword } from './save-password.js';

/**
 * A user gives itself another password, by the one that it has: an access token that leaked is not enough to take the account over. The
 * current password is judged as at a login, and counts as one where it is wrong. Throws `unauthenticated`, `forbidden`, `conflict`,
 * `rate_limited`, `unavailable`.
 */
export async function changePassword(
  accounts: Accounts,
  { caller, client, current_password, new_password, session_id }: RpcRequest<typeof ChangePassword>,
): Promise<void> {
  const userId = loggedInUserId(caller);
  const user = await findLoginById(accounts.orm, { id: userId, network: networkOf(client.address) });
  if (!user) throw notAUser();
  const shown = { user, email: user.email, password: current_password, client };
  const { giveBack } = await judgePassword(accounts, shown).catch(refuse);
  await savePassword(accounts, {
    userId,
    password: new_password,
    by: userId,
    formerHash: user.password_hash,
    keptSessionId: session_id,
  });
  await giveBack();
}

/** Not 401: the token of the caller is good, and a client would refresh it in vain. */
function refuse(error: unknown): never {
  throw hasCode(error, 'unauthenticated') ? new AppError('forbidden', 'the current password is wrong') : error;
}
