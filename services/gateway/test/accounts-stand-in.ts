import { createHash, randomBytes, randomUUID } from 'node:crypto';
import {
  type ApiKey,
  type Caller,
  ChangePassword,
  CreateApiKey,
  EndSession,
  type EventData,
  type EventDefinition,
  GetUser,
  KeyRevoked,
  ListApiKeys,
  ListSessions,
  ListUsers,
  LogIn,
  LogOut,
  ReadTrust,
  Refresh,
  Register,
  RevokeApiKey,
  type RpcDefinition,
  type RpcReply,
  type RpcRequest,
  type Session,
  SessionEnded,
  scopes,
  type Tokens,
  UpdateUser,
  type User,
  UserChanged,
  VerifyApiKey,
  WhoAmI,
} from '@wharf/contracts';
import { type Bus, emit } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { answerRpc, newUid } from '@wharf/test-kit';
import { lifetimeSeconds, type TokenChanges, TokenSigner } from './token-signer.js';

const usualScopes = scopes.filter((scope) => scope.startsWith('files:') && scope !== 'files:all');
const userScopes = (user: User) => (user.role === 'admin' ? [...scopes] : usualScopes);

interface KeptKey extends ApiKey {
  ownerId: string;
  secretHash: string;
}
interface KeptSession extends Session {
  userId: string;
  refreshToken: string;
}

/**
 * Stands in for the accounts service, as far as its contracts tell a gateway: users, sessions and keys in memory, real signatures. It takes
 * any number of tries, hashes no password, and announces what it ends at once.
 */
export class AccountsStandIn {
  readonly users = new Map<string, User>();
  /** How often it was asked for a key. */
  verifications = 0;
  private readonly passwords = new Map<string, string>();
  private readonly sessions = new Map<string, KeptSession>();
  private readonly keys = new Map<string, KeptKey>();
  private readonly revoked: RpcReply<typeof ReadTrust>['revoked'] = [];
  private readonly answering: { unsubscribe(): void }[] = [];
  private readonly bus: Bus;
  readonly signer: TokenSigner;

  private constructor(bus: Bus, signer: TokenSigner) {
    this.bus = bus;
    this.signer = signer;
  }

  static async start(bus: Bus): Promise<AccountsStandIn> {
    const accounts = new AccountsStandIn(bus, await TokenSigner.create());
    await accounts.resume();
    return accounts;
  }

  async resume(): Promise<void> {
    this.answer(ReadTrust, () => ({ keys: this.signer.publicKeys, revoked: this.revoked }));
    this.answer(Register, async ({ email, password }) => this.openSession(this.addUser(email, { password })));
    this.answer(LogIn, (request) => this.logIn(request));
    this.answer(Refresh, ({ refresh_token }) => this.refresh(refresh_token));
    this.answer(LogOut, async ({ refresh_token }) => {
      const session = [...this.sessions.values()].find((each) => each.refreshToken === refresh_token);
      if (session) await this.endSession(session, 'logged_out');
      return {};
    });
    this.answer(WhoAmI, ({ caller }) => this.userOf(caller));
    this.answer(ListSessions, ({ caller }) => ({
      sessions: [...this.sessions.values()].filter(({ userId }) => userId === caller.id).map(toSession),
    }));
    this.answer(EndSession, async ({ caller, session_id }) => {
      const session = this.sessions.get(session_id);
      if (session?.userId === caller.id) await this.endSession(session as KeptSession, 'ended');
      return {};
    });
    this.answer(ChangePassword, (request) => this.changePassword(request));
    this.answer(CreateApiKey, (request) => this.createKey(request));
    this.answer(ListApiKeys, ({ caller }) => ({
      keys: [...this.keys.values()].filter(({ ownerId }) => ownerId === caller.id).map(toKey),
    }));
    this.answer(RevokeApiKey, async ({ caller, key_id }) => {
      if (this.keys.get(key_id)?.ownerId === caller.id) await this.revokeKey(key_id);
      return {};
    });
    this.answer(VerifyApiKey, (request) => this.verify(request));
    this.answer(ListUsers, ({ after, limit }) => {
      const users = [...this.users.values()];
      const start = after === null ? 0 : users.findIndex(({ id }) => id === after) + 1;
      return { users: users.slice(start, start + limit) };
    });
    this.answer(GetUser, ({ user_id }) => this.find(user_id));
    this.answer(UpdateUser, ({ changes, user_id }) => this.change(user_id, changes));
    await this.bus.roundTrip();
  }

  /** Nobody answers from now on, until `resume`. */
  async stop(): Promise<void> {
    for (const each of this.answering.splice(0)) each.unsubscribe();
    await this.bus.roundTrip();
  }

  private answer<Request, Reply>(
    rpc: RpcDefinition<Request, Reply>,
    reply: (request: Request) => Reply | Promise<Reply>,
  ) {
    this.answering.push(answerRpc(this.bus, rpc, reply));
  }

  addUser(
    email: string,
    { password = 'a long pass phrase', ...changes }: Partial<User> & { password?: string } = {},
  ): User {
    if ([...this.users.values()].some((user) => user.email === email)) throw new AppError('conflict', 'it is taken');
    const limits = { max_bytes: null, max_files: null, max_uploads: null };
    const now = new Date().toISOString();
    const user: User = {
      ...limits,
      id: randomUUID(),
      email,
      role: 'user',
      disabled: false,
      created_at: now,
      last_login_at: null,
      ...changes,
    };
    this.users.set(user.id, user);
    this.passwords.set(user.id, password);
    return user;
  }

  /** An access token of a session of its own, or of the one in `claims`. */
  sign(user: User, { claims, header }: TokenChanges = {}): Promise<string> {
    const ofUser = { iss: 'wharf', aud: 'wharf', sub: user.id, sid: randomUUID(), scope: userScopes(user).join(' ') };
    return this.signer.sign({ claims: { ...ofUser, ...claims }, header: { typ: 'at+jwt', ...header } });
  }

  /** As the gateway shows it to its user. */
  addKey(user: User, keyScopes: ApiKey['scopes'], changes: Partial<ApiKey> = {}): string {
    const id = newUid().replaceAll('-', '').slice(-16);
    const secret = randomBytes(32).toString('base64url');
    const secretHash = createHash('sha256').update(secret).digest('hex');
    const times = { created_at: new Date().toISOString(), last_used_at: null, expires_at: null };
    this.keys.set(id, { id, name: 'key', scopes: keyScopes, ...times, ...changes, ownerId: user.id, secretHash });
    return `wharf_${id}_${secret}`;
  }

  async revokeKey(keyId: string): Promise<void> {
    const key = this.keys.get(keyId);
    this.keys.delete(keyId);
    if (key)
      await this.announce(KeyRevoked, key.ownerId, {
        user_id: key.ownerId,
        key_id: keyId,
        at: new Date().toISOString(),
      });
  }

  async change(userId: string, changes: Partial<User>): Promise<User> {
    const user = { ...this.find(userId), ...changes };
    this.users.set(userId, user);
    const at = new Date().toISOString();
    this.revoked.push({ subject: userId, at });
    const { disabled, role } = user;
    await this.announce(UserChanged, userId, { user_id: userId, role, disabled, by: 'test', at });
    return user;
  }

  private async logIn({ email, password }: RpcRequest<typeof LogIn>): Promise<Tokens> {
    const user = [...this.users.values()].find((each) => each.email === email);
    const isRight = user && !user.disabled && this.passwords.get(user.id) === password;
    if (!isRight) throw new AppError('unauthenticated', 'the address or the password is wrong');
    return this.openSession(user);
  }

  private async openSession(user: User): Promise<Tokens> {
    const now = new Date().toISOString();
    const id = randomUUID();
    const times = { created_at: now, last_used_at: now, expires_at: '2099-01-01T00:00:00.000Z' };
    const refreshToken = randomBytes(32).toString('base64url');
    this.sessions.set(id, { id, ...times, address: '', user_agent: '', userId: user.id, refreshToken });
    return this.tokensOf(user, id, refreshToken);
  }

  private async tokensOf(user: User, session_id: string, refresh_token: string): Promise<Tokens> {
    const access_token = await this.sign(user, { claims: { sid: session_id } });
    return { user, session_id, access_token, expires_in: lifetimeSeconds, refresh_token, refresh_expires_in: 86_400 };
  }

  private async changePassword({
    caller,
    current_password,
    new_password,
    session_id,
  }: RpcRequest<typeof ChangePassword>): Promise<RpcReply<typeof ChangePassword>> {
    const { id } = this.userOf(caller);
    if (this.passwords.get(id) !== current_password) throw new AppError('forbidden', 'the current password is wrong');
    this.passwords.set(id, new_password);
    const others = [...this.sessions.values()].filter((each) => each.userId === id && each.id !== session_id);
    for (const each of others) await this.endSession(each, 'password_changed');
    return {};
  }

  private async refresh(token: string): Promise<Tokens> {
    const session = [...this.sessions.values()].find(({ refreshToken }) => refreshToken === token);
    if (!session) throw new AppError('unauthenticated', 'no such session');
    session.refreshToken = randomBytes(32).toString('base64url');
    return this.tokensOf(this.find(session.userId), session.id, session.refreshToken);
  }

  private async endSession(
    { id, userId }: KeptSession,
    reason: 'logged_out' | 'ended' | 'password_changed',
  ): Promise<void> {
    this.sessions.delete(id);
    const at = new Date().toISOString();
    this.revoked.push({ subject: id, at });
    await this.announce(SessionEnded, userId, { user_id: userId, session_id: id, reason, at });
  }

  private createKey({ caller, key_id, secret_hash, ...described }: RpcRequest<typeof CreateApiKey>): ApiKey {
    const { expires_at, name, scopes: keyScopes } = described;
    const times = { created_at: new Date().toISOString(), last_used_at: null, expires_at };
    const key: ApiKey = { id: key_id, name, scopes: keyScopes, ...times };
    this.keys.set(key_id, { ...key, ownerId: this.userOf(caller).id, secretHash: secret_hash });
    return key;
  }

  private verify({ key_id, secret_hash }: RpcRequest<typeof VerifyApiKey>): RpcReply<typeof VerifyApiKey> {
    this.verifications++;
    const key = this.keys.get(key_id);
    const owner = key && this.users.get(key.ownerId);
    if (!key || !owner || owner.disabled || key.secretHash !== secret_hash)
      throw new AppError('unauthenticated', 'no such key');
    const { max_bytes, max_files, max_uploads } = owner;
    const granted = key.scopes.filter((scope) => userScopes(owner).includes(scope));
    return {
      owner_id: owner.id,
      scopes: granted,
      quota: { max_bytes, max_files, max_uploads },
      expires_at: key.expires_at,
    };
  }

  private userOf({ id, kind }: Caller): User {
    const user = kind === 'user' || kind === 'key' ? this.users.get(id ?? '') : undefined;
    if (!user) throw new AppError('unauthenticated', 'not a user of ours');
    return user;
  }

  private find(userId: string): User {
    const user = this.users.get(userId);
    if (!user) throw new AppError('user_not_found', 'no such user');
    return user;
  }

  private async announce<Type extends string, Data>(
    definition: EventDefinition<Type, Data>,
    subject: string,
    data: EventData<EventDefinition<Type, Data>>,
  ): Promise<void> {
    await emit(this.bus, definition, { service: 'accounts', subject, id: randomUUID(), data });
  }
}

function toSession({ refreshToken: _, userId: __, ...session }: KeptSession): Session {
  return session;
}

function toKey({ ownerId: _, secretHash: __, ...key }: KeptKey): ApiKey {
  return key;
}
