import { createHash } from 'node:crypto';
import type { Context } from 'koa';

const name = 'wharf_reader';
const lifetimeMs = 24 * 3600 * 1000;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What tells one client from another, for counting a player's many ranges as one: the cookie of an earlier download at this
 * address, or, for clients that keep none, its address and what it calls itself. Whoever invents or drops a cookie is
 * another client, whose session takes a download of its own.
 */
export function clientOf(context: Context): string {
  return (
    cookieOf(context) ??
    createHash('sha256')
      .update(`${context.ip}\n${context.get('User-Agent')}`)
      .digest('base64url')
  );
}

/**
 * Gives a client that has no cookie yet the id of its claim: browsers behind one address are told apart by it. At this path
 * alone, which the client knows. Of no use without the path: it joins a session of this file, which has its own limits.
 */
export function setReaderCookie(context: Context, path: string, claimId: string): void {
  if (cookieOf(context) !== undefined) return;
  context.cookies.set(name, claimId, {
    path,
    httpOnly: true,
    sameSite: 'lax',
    secure: context.secure,
    maxAge: lifetimeMs,
  });
}

function cookieOf(context: Context): string | undefined {
  const value = context.cookies.get(name);
  return value !== undefined && uuid.test(value) ? value : undefined;
}
