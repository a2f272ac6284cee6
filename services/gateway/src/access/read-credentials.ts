import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { AppError } from '@wharf/service-kit';

export type Credentials =
  | { kind: 'none' }
  | { kind: 'token'; token: string; isCookie: boolean }
  /** Of the secret only its digest goes any further. */
  | { kind: 'key'; keyId: string; secretHash: string };

export const accessCookie = 'wharf_access';

// One way to read each character: no header takes longer than its length.
const bearer = /^Bearer +([\w.~+/-]+=*)$/i;
const apiKey = /^wharf_([\da-z]{16})_([\w-]{43})$/;
const jwt = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * What a request shows to say who makes it. One thing: who shows two of them may be made to use somebody else's, by a page that set a cookie
 * or a proxy that added a header. Throws `unauthenticated` for more, and for what is malformed, instead of going on without.
 */
export function readCredentials(request: Pick<IncomingMessage, 'headers' | 'rawHeaders' | 'socket'>): Credentials {
  const { authorization, cookie } = request.headers;
  if (authorization === undefined && cookie === undefined) return { kind: 'none' };
  const cookies = cookie === undefined ? [] : cookiesOf(cookie, accessCookie);
  const authorizations = authorization === undefined ? 0 : countAuthorizations(request.rawHeaders);
  if (authorizations + cookies.length > 1) throw malformed('more than one credential: show one');
  if (authorization !== undefined) return parseOnce(request.socket, authorization);
  const [token] = cookies;
  return token === undefined ? { kind: 'none' } : parseToken(token, true);
}

/**
 * What each connection showed last. Clients show the same with every request, and to see that it is the same takes less time than to take it apart
 * once more.
 */
const shownBefore = new WeakMap<Socket, { header: string; credentials: Credentials }>();

function parseOnce(socket: Socket, header: string): Credentials {
  const before = shownBefore.get(socket);
  if (before?.header === header) return before.credentials;
  const credentials = parseAuthorization(header);
  shownBefore.set(socket, { header, credentials });
  return credentials;
}

/** Of several, Node's `headers` hold the first alone. */
function countAuthorizations(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] as string;
    if (name.length === 'authorization'.length && name.toLowerCase() === 'authorization') count++;
  }
  return count;
}

/** Every value under this name (RFC 6265 §5.4): other paths and domains may have set one too. */
export function cookiesOf(header: string, name: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
}

function parseAuthorization(header: string): Credentials {
  const [, token] = bearer.exec(header) ?? [];
  if (token === undefined) throw malformed('only `Authorization: Bearer` with a token or an API key is taken');
  return token.startsWith('wharf_') ? parseKey(token) : parseToken(token, false);
}

function parseKey(text: string): Credentials {
  const [, keyId, secret] = apiKey.exec(text) ?? [];
  if (keyId === undefined || secret === undefined) throw malformed('not an API key');
  return { kind: 'key', keyId, secretHash: createHash('sha256').update(secret).digest('hex') };
}

function parseToken(token: string, isCookie: boolean): Credentials {
  if (!jwt.test(token)) throw malformed('not an access token');
  return { kind: 'token', token, isCookie };
}

function malformed(message: string): AppError {
  return new AppError('unauthenticated', message);
}
