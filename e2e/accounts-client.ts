import { randomUUID } from 'node:crypto';
import type { CreatedApiKey, Scope, SignedIn, User, UserChanges } from '@wharf/contracts';

/** Somebody who is logged in, with all that a program knows of it. */
export interface Login {
  user: User;
  password: string;
  accessToken: string;
  refreshToken: string;
  sessionId: string;
}

export interface Credentials {
  email: string;
  password: string;
}

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
export const cookie = (token: string) => ({ Cookie: `wharf_access=${token}` });

let networks = 0;

/** As a proxy tells of a client in a network of its own: tries of logins and registrations are counted by network. */
export function fromNewNetwork(): Record<string, string> {
  networks++;
  return { 'X-Forwarded-For': `2001:db8:0:${networks.toString(16)}::1` };
}

export function sendJson(
  address: string,
  body: object,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Response> {
  return fetch(address, {
    method,
    body: JSON.stringify(body),
    headers: { 'Content-Type': 'application/json', ...headers },
  });
}

/** Where `REGISTRATION` is open, by a gateway that trusts a proxy. */
/** Of everybody, where nothing depends on it. */
export const usualPassword = 'a long pass phrase';

export async function register(url: string, password = usualPassword): Promise<Login> {
  const credentials = { email: `${randomUUID()}@example.org`, password };
  return loginOf(await sendJson(`${url}/api/v1/auth/register`, credentials, { headers: fromNewNetwork() }), password);
}

export async function logIn(url: string, { email, password }: Credentials): Promise<Login> {
  const answer = await sendJson(`${url}/api/v1/auth/login`, { email, password }, { headers: fromNewNetwork() });
  return loginOf(answer, password);
}

async function loginOf(answer: Response, password: string): Promise<Login> {
  const { access_token, user } = await read<SignedIn>(answer);
  const [, refreshToken = ''] = /wharf_refresh=([^;]+)/.exec(answer.headers.getSetCookie().join()) ?? [];
  return { user, password, accessToken: access_token, refreshToken, sessionId: claimsOf(access_token).sid };
}

/** The key as it is shown to its user, once. */
export async function createKey(
  url: string,
  { accessToken }: Pick<Login, 'accessToken'>,
  key: { scopes: readonly Scope[]; expires_in?: number },
): Promise<CreatedApiKey> {
  return read(await sendJson(`${url}/api/v1/auth/keys`, { name: 'key', ...key }, { headers: bearer(accessToken) }));
}

/** By an admin. */
export async function changeUser(url: string, admin: Login, { id }: User, changes: UserChanges): Promise<User> {
  const headers = bearer(admin.accessToken);
  return read(await sendJson(`${url}/api/v1/users/${id}`, changes, { method: 'PATCH', headers }));
}

function claimsOf(token: string): { sid: string; [claim: string]: unknown } {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString());
}

async function read<Body>(answer: Response): Promise<Body> {
  const body = await answer.json();
  if (!answer.ok) throw new Error(`${answer.url} was answered ${answer.status}: ${JSON.stringify(body)}`);
  return body as Body;
}
