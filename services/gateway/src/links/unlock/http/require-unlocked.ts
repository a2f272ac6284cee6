import { AppError, hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../../../gateway.js';
import { hashOf } from '../../link-token.js';
import type { SharedLink } from '../../shared-link.js';
import { showsUnlockCookie } from './unlock-cookie.js';

/** As tries are counted: nobody need ask earlier. */
const windowSeconds = 900;

/** Whether the request shows the password of the link, by the cookie of an unlocking or in `Wharf-Link-Password`. Throws `password_required` for a wrong one, and `rate_limited`. */
export async function isUnlocked(
  gateway: Pick<Gateway, 'linkPasswords'>,
  context: Context,
  { link, token }: SharedLink,
): Promise<boolean> {
  if (link.unlock_key === null) return true;
  const unlocked = { id: link.id, key: link.unlock_key };
  if (showsUnlockCookie(context, unlocked)) return true;
  const password = context.get('Wharf-Link-Password');
  if (password === '') return false;
  const shown = { tokenHash: hashOf(token), password: decodeHeader(password), address: context.ip };
  await gateway.linkPasswords.judge(unlocked, shown).catch((error) => tellWhen(context, error));
  return true;
}

/** Throws `password_required` where it does not. */
export async function requireUnlocked(
  gateway: Pick<Gateway, 'linkPasswords'>,
  context: Context,
  shared: SharedLink,
): Promise<void> {
  if (await isUnlocked(gateway, context, shared)) return;
  throw tellHow(context, new AppError('password_required', 'this link has a password'));
}

/** What a client is told beside a refusal: how to show the password, or when to try again. */
export function tellWhen(context: Context, error: unknown): never {
  if (hasCode(error, 'rate_limited')) context.set('Retry-After', String(windowSeconds));
  throw hasCode(error, 'password_required') ? tellHow(context, error) : error;
}

/** RFC 9110 §11.6.1; no scheme that browsers know, so that they show no window of their own. */
function tellHow(context: Context, error: AppError): AppError {
  context.set('WWW-Authenticate', 'Wharf-Link-Password');
  return error;
}

/** Node reads headers as Latin-1; clients send UTF-8 (RFC 9110 §5.5 leaves it open). */
function decodeHeader(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  const decoded = bytes.toString('utf8');
  return Buffer.from(decoded, 'utf8').equals(bytes) ? decoded : text;
}
