import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { cookiesOf } from '../../access/read-credentials.js';

const lifetimeMs = 12 * 3_600_000;
const nameOf = (id: string) => `wharf_request_${id.replaceAll('-', '')}`;

/**
 * Says that this client has shown the password of a request, for some hours: a time, and a signature by the request's key, which another password
 * makes another one. It goes to every door of deliveries, of this request alone.
 */
export function setUnlockCookie(context: Context, id: string, unlockKey: string): void {
  const until = Date.now() + lifetimeMs;
  context.cookies.set(nameOf(id), `${until}.${signatureOf(id, unlockKey, until)}`, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: context.secure,
    overwrite: true,
    maxAge: lifetimeMs,
  });
}

export function isUnlockedByCookie({ req }: Context, id: string, unlockKey: string): boolean {
  const [value = ''] = cookiesOf(req.headers.cookie ?? '', nameOf(id));
  const [, until = '', signature = ''] = /^(\d{13})\.([\w-]{43})$/.exec(value) ?? [];
  if (!(Number(until) > Date.now())) return false;
  return timingSafeEqual(Buffer.from(signature), Buffer.from(signatureOf(id, unlockKey, Number(until))));
}

function signatureOf(id: string, unlockKey: string, until: number): string {
  return createHmac('sha256', unlockKey).update(`${id} ${until}`).digest('base64url');
}
