import { randomBytes } from 'node:crypto';
import { jest } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import {
  AccessStream,
  scopes as allScopes,
  type Caller,
  type CloudEvent,
  CreateUser,
  type EventData,
  type EventDefinition,
  LogIn,
  ReadTrust,
  Refresh,
  type Role,
  type Scope,
  type Tokens,
  type User,
} from '@wharf/contracts';
import { openDatabase, promptLimits } from '@wharf/database';
import { callRpc } from '@wharf/messaging';
import { loadConfig, type Running } from '@wharf/service-kit';
import { eventually, freshDatabase, streamMessages, testLogger } from '@wharf/test-kit';
import { createLocalJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { openSurroundings, ServiceWorld, type Surroundings } from '../../../libs/test-kit/test/service-world.ts';
import { accountsSettings } from '../src/config.js';
import { accountsDatabase } from '../src/database.js';
import { startAccounts } from '../src/start.js';

jest.setTimeout(60_000);

export interface TestUser extends User {
  password: string;
}

/** A NATS server and a database of this file alone, a neighbour's bus, and the replicas that the tests start. */
export class World extends ServiceWorld {
  private asker: MikroORM | undefined;
  private addresses = 0;
  readonly database: { url: string; drop(): Promise<void> };

  private constructor(surroundings: Surroundings, database: { url: string; drop(): Promise<void> }) {
    super(surroundings);
    this.database = database;
    this.onClose(() => database.drop());
    this.onClose(async () => this.asker?.close());
  }

  static async open(): Promise<World> {
    return new World(await openSurroundings('wharf-accounts'), await freshDatabase());
  }

  /** Starts a replica and waits until it is ready. A rotation of keys may be shorter here than its setting permits. */
  async start(
    environment: Record<string, string> = {},
    { rotationMs }: { rotationMs?: number } = {},
  ): Promise<Running> {
    const config = loadConfig(accountsSettings, {
      NATS_URL: this.natsUrlOf('accounts'),
      DATABASE_URL: this.database.url,
      HEALTH_PORT: '0',
      NATS_STREAM_MAX_AGE: '0s',
      ...environment,
    });
    const changed = { ...config, ...(rotationMs && { signingKeyRotationMs: rotationMs }) };
    const running = await this.keepReplica(startAccounts(changed, testLogger));
    await untilStatus(running, 200);
    return running;
  }

  /** Asks the database itself, beside the service. */
  async query<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    this.asker ??= openDatabase(accountsDatabase, { url: this.database.url, poolMax: 2, ...promptLimits });
    return (await this.asker.em.fork().execute(statement, parameters)) as Row[];
  }

  /** Changes something in a transaction that commits only once `work` waits for it; gives what `work` gave then. */
  async commitBehind<Result>(statement: string, parameters: unknown[], work: () => Promise<Result>): Promise<Result> {
    await this.query('select 1');
    const em = (this.asker as MikroORM).em.fork();
    await em.begin();
    await em.execute(statement, parameters);
    const working = work();
    await eventually(async () => {
      const blocked = await this.query("select 1 from pg_stat_activity where wait_event_type = 'Lock'");
      if (blocked.length === 0) throw new Error('nobody waits for the transaction');
    });
    await em.commit();
    return working;
  }

  /** One that no test has used. */
  freshAddress(): string {
    this.addresses++;
    return `203.0.${this.addresses >> 8}.${this.addresses & 255}`;
  }

  async createUser(role: Role = 'user'): Promise<TestUser> {
    const email = `${randomBytes(8).toString('hex')}@example.org`;
    const password = `pass ${randomBytes(8).toString('hex')}`;
    return { ...(await callRpc(this.bus, CreateUser, { email, password, role })), password };
  }

  logIn(
    { email, password }: Pick<TestUser, 'email' | 'password'>,
    address = this.freshAddress(),
    user_agent = 'test',
  ): Promise<Tokens> {
    // A busy machine may take longer for a hash than callers wait.
    const client = { address, user_agent };
    return callRpc(this.bus, LogIn, { email, password, client }, { timeoutMs: 20_000 });
  }

  /** A user who is logged in. */
  async loggedIn(role: Role = 'user'): Promise<{ user: TestUser; tokens: Tokens; caller: Caller }> {
    const user = await this.createUser(role);
    return { user, tokens: await this.logIn(user), caller: callerOf(user) };
  }

  refresh({ refresh_token }: Pick<Tokens, 'refresh_token'>): Promise<Tokens> {
    return callRpc(this.bus, Refresh, { refresh_token, client: { address: '203.0.113.1', user_agent: 'test' } });
  }

  /** What a gateway finds in an access token by what it is told to trust. Throws where the signature, issuer or audience is wrong. */
  async claimsOf(token: string): Promise<{ claims: JWTPayload & Record<string, unknown>; kid: string }> {
    const { keys } = await callRpc(this.bus, ReadTrust, {});
    const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet({ keys }), {
      issuer: 'wharf',
      audience: 'wharf',
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
    });
    return { claims: payload, kid: protectedHeader.kid ?? '' };
  }

  /** Events of a type about a subject, oldest first. */
  async eventsAbout<Definition extends EventDefinition>(
    { type }: Definition,
    subject: string,
  ): Promise<CloudEvent<string, EventData<Definition>>[]> {
    const messages = await streamMessages(this.bus, AccessStream.name, type);
    return messages.map(({ text }) => JSON.parse(text)).filter((event) => event.subject === subject);
  }
}

export function callerOf({ id, role }: Pick<User, 'id' | 'role'>, scopes?: Scope[]): Caller {
  const ofRole: Scope[] = role === 'admin' ? [...allScopes] : ['files:create', 'files:read', 'files:write'];
  return { kind: 'user', id, scopes: scopes ?? ofRole };
}

/** The code with which work fails; undefined where it does not. */
export function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  return work.then(
    () => undefined,
    (error: { code: string }) => error.code,
  );
}

/** How often each outcome came. */
export function countsOf(outcomes: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const outcome of outcomes) counts[outcome ?? 'ok'] = (counts[outcome ?? 'ok'] ?? 0) + 1;
  return counts;
}

export async function untilStatus(running: Running, status: number): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`${running.url}/health/ready`);
      if (response.status !== status) throw new Error(`readiness is ${response.status}: ${await response.text()}`);
    },
    { timeoutMs: 20_000 },
  );
}
