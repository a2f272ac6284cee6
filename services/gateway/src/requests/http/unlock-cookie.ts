import type { Context } from 'koa';
import { cookiesOf } from '../../access/read-credentials.js';
import { isProof, type Locked, newProof } from '../../unlocking/unlock-proof.js';

const lifetimeMs = 12 * 3_600_000;
/** One for each request: their addresses have no path in common with the ways to upload but all of them. */
const nameOf = ({ id }: Locked) => `wharf_request_${id.replaceAll('-', '')}`;

/** Shows for some hours, at every door of deliveries, that this client has shown the password of a request. Scripts cannot read it. */
export function setUnlockCookie(context: Context, request: Locked): void {
  context.cookies.set(nameOf(request), newProof(request, Date.now() + lifetimeMs), {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: context.secure,
    overwrite: true,
    maxAge: lifetimeMs,
  });
}

export function showsUnlockCookie({ req }: Pick<Context, 'req'>, request: Locked): boolean {
  return cookiesOf(req.headers.cookie ?? '', nameOf(request)).some((value) => isProof(value, request, Date.now()));
}
