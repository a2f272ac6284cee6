import type { Context } from 'koa';
import { cookiesOf } from '../../access/read-credentials.js';
import { isProof, type Locked, newProof } from '../../unlocking/unlock-proof.js';
import { downloadPath, pagePath } from '../link-token.js';

const name = 'wharf_unlocked';
const lifetimeMs = 3_600_000;

/** For the pages and the bytes of this link alone; it goes along when the link is opened from elsewhere, and scripts cannot read it. */
export function setUnlockCookie(context: Context, token: string, link: Locked): void {
  for (const path of [pagePath(token), downloadPath(token)]) {
    context.cookies.set(name, newProof(link, Date.now() + lifetimeMs), {
      path,
      httpOnly: true,
      sameSite: 'lax',
      secure: context.secure,
      maxAge: lifetimeMs,
      // One for each path, under one name.
      overwrite: false,
    });
  }
}

export function showsUnlockCookie({ req }: Pick<Context, 'req'>, link: Locked): boolean {
  return cookiesOf(req.headers.cookie ?? '', name).some((value) => isProof(value, link, Date.now()));
}
