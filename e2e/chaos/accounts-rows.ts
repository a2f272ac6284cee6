import { setTimeout as delay } from 'node:timers/promises';
import { eventually } from '@wharf/test-kit';
import { type Answered, uploadOnce } from './load.ts';
import type { Row } from './rows.ts';
import type { ChaosSystem } from './system.ts';
import { bearer, createKey, logIn, postJson, register, type Uploader, type Users } from './uploaders.ts';

const awayMs = 1500;
const uploadsPerCredential = 4;

/** What the accounts service has given out keeps its worth while nobody there answers, and nothing else gets in. */
export const accountsRows: Row[] = [
  {
    name: 'kill -9 of accounts at a random moment',
    strikes: 'service',
    isClosed: true,
    isUnnoticed: true,
    strike: async (system) => {
      await delay(Math.random() * 1000);
      await system.service('accounts').kill();
      return undefined;
    },
  },
  awayRow('accounts is away', {
    begin: (system) => system.service('accounts').halt(),
    end: (system) => system.service('accounts').restart(),
  }),
  awayRow('accounts freezes', {
    begin: (system) => system.service('accounts').freeze(),
    end: (system) => system.service('accounts').thaw(),
  }),
  {
    name: 'kill -9 of both gateways while accounts is away',
    strikes: 'service',
    isClosed: true,
    strike: async (system, { uploaders, users }) => {
      await system.service('accounts').halt();
      await Promise.all(system.services.filter(({ name }) => name === 'gateway').map((gateway) => gateway.kill()));
      for (const url of system.gatewayUrls) {
        const alive = { url: `${url}/health/live`, headers: {} };
        await eventually(() => expectStatus(alive, [200]), { timeoutMs: 60_000 });
        // Gateways that never heard which keys sign tokens, nor whose an API key is, can believe nobody.
        for (const { headers } of uploaders) await expectStatus(listOf(url, headers), [503]);
        await expectStatus(listOf(url, {}), [401]);
        await expectNoLogin(url, users as Users);
      }
      await system.service('accounts').restart();
      return undefined;
    },
  },
];

interface Outage {
  begin(system: ChaosSystem): Promise<void>;
  end(system: ChaosSystem): Promise<void>;
}

function awayRow(name: string, outage: Outage): Row {
  return {
    name,
    strikes: 'accounts',
    isClosed: true,
    isUnnoticed: true,
    strike: async (system, { uploaders, users }) => {
      const refused = await refusedCredentials(system, uploaders);
      await outage.begin(system);
      const answered = await Promise.all(
        system.gatewayUrls.map(async (url) => {
          await Promise.all([expectNoLogin(url, users as Users), expectRefusals(url, refused)]);
          return uploadByEach(url, uploaders);
        }),
      );
      await delay(awayMs);
      await outage.end(system);
      await eventually(() => expectLogin(system.gatewayUrls[0] as string, users as Users), { timeoutMs: 60_000 });
      return answered.flat();
    },
  };
}

async function uploadByEach(gatewayUrl: string, uploaders: readonly Uploader[]): Promise<Answered[]> {
  const answered: Answered[] = [];
  for (const by of uploaders) {
    for (let index = 0; index < uploadsPerCredential; index++) {
      answered.push(await uploadOnce(gatewayUrl, { index, by, statuses: [201, 202] }));
    }
  }
  return answered;
}

interface Refused {
  name: string;
  shown: Record<string, string>;
  statuses: number[];
}

/** What was good once, what is nearly good, and what nobody here has seen before. Gateways have heard of the ends when it resolves. */
async function refusedCredentials({ gatewayUrls }: ChaosSystem, uploaders: readonly Uploader[]): Promise<Refused[]> {
  const [url = ''] = gatewayUrls;
  const { headers, refreshToken } = await register(url);
  const [revoked, unseen] = [await createKey(url, headers), await createKey(url, headers)];
  for (const each of gatewayUrls) await expectStatus(listOf(each, bearer(revoked.key)), [200]);
  await fetch(`${url}/api/v1/auth/keys/${revoked.id}`, { method: 'DELETE', headers });
  await postJson(`${url}/api/v1/auth/logout`, { refresh_token: refreshToken });
  for (const each of gatewayUrls) {
    for (const ended of [headers, bearer(revoked.key)]) {
      await eventually(() => expectStatus(listOf(each, ended), [401]), { timeoutMs: 30_000 });
    }
  }
  return [
    { name: 'no credentials', shown: {}, statuses: [401] },
    { name: 'an ended session', shown: headers, statuses: [401] },
    { name: 'a token with more scopes', shown: withMoreScopes(uploaders[0] as Uploader), statuses: [401] },
    // Good or not, only the accounts service knows.
    { name: 'a revoked key', shown: bearer(revoked.key), statuses: [401, 503] },
    { name: 'a key that no gateway has seen', shown: bearer(unseen.key), statuses: [503] },
  ];
}

/** Under the signature that it has. */
function withMoreScopes({ headers }: Uploader): Record<string, string> {
  const [header, claims = '', signature] = (headers.Authorization ?? '').replace('Bearer ', '').split('.');
  const more = { ...JSON.parse(Buffer.from(claims, 'base64url').toString()), scope: 'files:create files:all admin' };
  return bearer(`${header}.${Buffer.from(JSON.stringify(more)).toString('base64url')}.${signature}`);
}

interface Request {
  url: string;
  headers: Record<string, string>;
  init?: RequestInit;
}

const listOf = (gatewayUrl: string, headers: Record<string, string>): Request => ({
  url: `${gatewayUrl}/api/v1/files`,
  headers,
});

async function expectStatus({ headers, init, url }: Request, statuses: readonly number[], what = ''): Promise<void> {
  const answer = await fetch(url, { ...init, headers, signal: AbortSignal.timeout(30_000) });
  await answer.body?.cancel();
  if (!statuses.includes(answer.status)) throw new Error(`${url} was answered ${answer.status} ${what}`);
}

async function expectRefusals(gatewayUrl: string, refused: readonly Refused[]): Promise<void> {
  const upload = { url: `${gatewayUrl}/api/v1/files/stream`, init: { method: 'PUT', body: 'forged' } };
  for (const { name, shown, statuses } of refused) {
    await expectStatus(listOf(gatewayUrl, shown), statuses, `with ${name}`);
    await expectStatus({ ...upload, headers: shown }, statuses, `with ${name}`);
  }
}

async function expectNoLogin(gatewayUrl: string, { account }: Users): Promise<void> {
  const answers = await Promise.all([
    logIn(gatewayUrl, account),
    logIn(gatewayUrl, { ...account, password: 'another pass phrase' }),
    postJson(`${gatewayUrl}/api/v1/auth/refresh`, { refresh_token: 'x'.repeat(43) }),
    postJson(`${gatewayUrl}/api/v1/auth/register`, { email: 'late@example.org', password: account.password }),
  ]);
  const statuses = answers.map(({ status }) => status);
  if (statuses.some((status) => status !== 503)) throw new Error(`logins were answered ${statuses.join(', ')}`);
}

async function expectLogin(gatewayUrl: string, { account }: Users): Promise<void> {
  const { status } = await logIn(gatewayUrl, account);
  if (status !== 200) throw new Error(`a login was answered ${status}`);
}
