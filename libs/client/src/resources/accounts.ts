import type {
  ApiKey,
  CreatedApiKey,
  NewApiKey,
  PasswordChange,
  Session,
  SignedIn,
  User,
  UserChanges,
} from '@wharf/contracts';
import { List } from '../http/list.js';
import type { Transport } from '../http/transport.js';

interface Options {
  signal?: AbortSignal;
}

/** A session that has begun, or goes on. */
export interface Login extends SignedIn {
  /** Serves once. Null in browsers, which keep it where no script reads it. */
  refresh_token: string | null;
}

/** Signing in and out. A page needs nothing of what it is answered: the cookies count from then on. */
export class Auth {
  constructor(private readonly transport: Transport) {}

  login(credentials: { email: string; password: string }, options: Options = {}): Promise<Login> {
    return this.begin('auth/login', credentials, options);
  }

  /** Where the gateway's registration is open. */
  register(credentials: { email: string; password: string }, options: Options = {}): Promise<Login> {
    return this.begin('auth/register', credentials, options);
  }

  /** With the refresh token of a program, or the cookie of a page. */
  refresh({ refreshToken, signal }: Options & { refreshToken?: string } = {}): Promise<Login> {
    return this.begin('auth/refresh', refreshToken === undefined ? {} : { refresh_token: refreshToken }, {
      ...(signal && { signal }),
    });
  }

  async logout({ refreshToken, signal }: Options & { refreshToken?: string } = {}): Promise<void> {
    const json = refreshToken === undefined ? {} : { refresh_token: refreshToken };
    await this.transport.request('POST', 'auth/logout', { json, signal, withoutCredentials: true });
  }

  /** Who the credentials belong to. */
  me(options: Options = {}): Promise<User> {
    return this.transport.json('GET', 'auth/me', options);
  }

  /** Ends all other sessions. */
  async changePassword(change: PasswordChange, options: Options = {}): Promise<void> {
    await this.transport.request('POST', 'auth/password', { json: change, ...options });
  }

  private async begin(path: string, json: object, options: Options): Promise<Login> {
    const answer = await this.transport.request('POST', path, { json, withoutCredentials: true, ...options });
    const [, token = null] = /wharf_refresh=([^;]+)/.exec((answer.headers.getSetCookie?.() ?? []).join()) ?? [];
    return { ...((await answer.json()) as SignedIn), refresh_token: token };
  }
}

export class Keys {
  constructor(private readonly transport: Transport) {}

  async list(options: Options = {}): Promise<ApiKey[]> {
    return (await this.transport.json<{ keys: ApiKey[] }>('GET', 'auth/keys', options)).keys;
  }

  /** `key` is shown this once. */
  create(key: NewApiKey, options: Options = {}): Promise<CreatedApiKey> {
    return this.transport.json('POST', 'auth/keys', { json: key, ...options });
  }

  async revoke(id: string, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `auth/keys/${id}`, options);
  }
}

export class Sessions {
  constructor(private readonly transport: Transport) {}

  async list(options: Options = {}): Promise<Session[]> {
    return (await this.transport.json<{ sessions: Session[] }>('GET', 'auth/sessions', options)).sessions;
  }

  async end(id: string, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `auth/sessions/${id}`, options);
  }
}

/** For admins. */
export class Users {
  constructor(private readonly transport: Transport) {}

  list({ limit }: { limit?: number } = {}): List<User> {
    return new List(this.transport, { path: 'users', name: 'users', query: { limit } });
  }

  get(id: string, options: Options = {}): Promise<User> {
    return this.transport.json('GET', `users/${id}`, options);
  }

  /** Roles, quotas, disabling. */
  update(id: string, changes: UserChanges, options: Options = {}): Promise<User> {
    return this.transport.json('PATCH', `users/${id}`, { json: changes, isRepeatable: true, ...options });
  }
}
