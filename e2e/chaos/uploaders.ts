import { randomUUID } from 'node:crypto';
import { CreatedApiKey, SignedIn } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';

/** Who uploads, and what is shown for it with each request. */
export interface Uploader {
  /** Null where everybody may do everything: files are nobody's there. */
  ownerId: string | null;
  headers: Record<string, string>;
}

export const anybody: Uploader = { ownerId: null, headers: {} };

/** Both gateways get each credential by form and raw. */
export function uploaderOf(index: number, uploaders: readonly Uploader[]): Uploader {
  return uploaders[Math.floor(index / 2) % uploaders.length] as Uploader;
}

/** Of a system whose clients show who they are. */
export const closedSettings = { AUTH: 'required', REGISTRATION: 'open', RATE_LIMIT: 'none' };

interface Account {
  id: string;
  email: string;
  password: string;
}

/** Two users of the accounts service: one shows access tokens, the other an API key. */
export class Users {
  private readonly gatewayUrl: string;
  readonly account: Account;
  private readonly key: Uploader;

  private constructor(gatewayUrl: string, account: Account, key: Uploader) {
    this.gatewayUrl = gatewayUrl;
    this.account = account;
    this.key = key;
  }

  static async register(gatewayUrl: string): Promise<Users> {
    const [{ account }, other] = [await register(gatewayUrl), await register(gatewayUrl)];
    // On a busy machine an answer may come too late, which a user would ask for again as well.
    const key = await eventually(() => createKey(gatewayUrl, other.headers));
    return new Users(gatewayUrl, account, { ownerId: other.account.id, headers: bearer(key.key) });
  }

  /** By a new session: an access token lives for ten minutes, and the matrix takes longer. */
  async uploaders(): Promise<Uploader[]> {
    const answer = await logIn(this.gatewayUrl, this.account);
    if (answer.status !== 200) throw new Error(`a login was answered ${answer.status}`);
    const { access_token } = SignedIn.parse(await answer.json());
    return [{ ownerId: this.account.id, headers: bearer(access_token) }, this.key];
  }
}

export const bearer = (credential: string) => ({ Authorization: `Bearer ${credential}` });

export function postJson(url: string, body: object, headers: Record<string, string> = {}): Promise<Response> {
  const signal = AbortSignal.timeout(30_000);
  const type = { 'Content-Type': 'application/json' };
  return fetch(url, { method: 'POST', body: JSON.stringify(body), headers: { ...headers, ...type }, signal });
}

export function logIn(gatewayUrl: string, { email, password }: Omit<Account, 'id'>): Promise<Response> {
  return postJson(`${gatewayUrl}/api/v1/auth/login`, { email, password });
}

/** A new user with a session, and what shows that session's access token. */
export async function register(gatewayUrl: string) {
  const credentials = { email: `${randomUUID()}@example.org`, password: randomUUID() };
  const answer = await postJson(`${gatewayUrl}/api/v1/auth/register`, credentials);
  if (answer.status !== 201) throw new Error(`a registration was answered ${answer.status}`);
  const { access_token, user } = SignedIn.parse(await answer.json());
  const [, refreshToken = ''] = /wharf_refresh=([^;]+)/.exec(answer.headers.getSetCookie().join()) ?? [];
  return { account: { id: user.id, ...credentials }, headers: bearer(access_token), refreshToken };
}

export async function createKey(gatewayUrl: string, headers: Record<string, string>): Promise<CreatedApiKey> {
  const scopes = ['files:create', 'files:read', 'files:write'];
  const answer = await postJson(`${gatewayUrl}/api/v1/auth/keys`, { name: 'chaos', scopes }, headers);
  if (answer.status !== 201) throw new Error(`a new key was answered ${answer.status}`);
  return CreatedApiKey.parse(await answer.json());
}

/** Resolves once every gateway has found each credential good: from then on it needs the accounts service no more. */
export async function showToAll(gatewayUrls: readonly string[], uploaders: readonly Uploader[]): Promise<void> {
  for (const url of gatewayUrls) {
    for (const { headers, ownerId } of uploaders) {
      if (ownerId === null) continue;
      await eventually(
        async () => {
          const { status } = await fetch(`${url}/api/v1/auth/me`, { headers });
          if (status !== 200) throw new Error(`the credentials of ${ownerId} are answered ${status}`);
        },
        { timeoutMs: 30_000 },
      );
    }
  }
}
