import { UnlockLink } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../../gateway.js';
import { addressOf, readPassword } from '../../unlocking/http/read-password.js';
import { tellHow } from '../../unlocking/http/tell-how.js';
import { hashOf } from '../link-token.js';
import type { SharedLink } from '../shared-link.js';
import { showsUnlockCookie } from './unlock-cookie.js';

const header = 'Wharf-Link-Password';

/** Whether the request shows the password of the link, by the cookie of an unlocking or in `Wharf-Link-Password`. Throws `password_required` for a wrong one, and `rate_limited`. */
export async function isUnlocked(
  { bus, passwords }: Pick<Gateway, 'bus' | 'passwords'>,
  context: Context,
  { link, token }: SharedLink,
): Promise<boolean> {
  if (link.unlock_key === null) return true;
  const locked = { id: link.id, key: link.unlock_key };
  if (showsUnlockCookie(context, locked)) return true;
  const password = readPassword(context, header);
  if (password === undefined) return false;
  const shown = { password, address: addressOf(context) };
  const ask = () => callRpc(bus, UnlockLink, { token_hash: hashOf(token), ...shown });
  await passwords.judge(locked, shown, ask).catch((error: unknown) => tellWhen(context, error));
  return true;
}

/** Throws `password_required` where it does not. */
export async function requireUnlocked(
  gateway: Pick<Gateway, 'bus' | 'passwords'>,
  context: Context,
  shared: SharedLink,
): Promise<void> {
  if (await isUnlocked(gateway, context, shared)) return;
  throw tellHow(context, header, new AppError('password_required', 'this link has a password'));
}

export function tellWhen(context: Context, error: unknown): never {
  throw tellHow(context, header, error);
}
