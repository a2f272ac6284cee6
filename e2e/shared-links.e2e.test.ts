import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { LinkPage, LinkView, ShareLink } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, problemOf, uploaded } from './client.ts';
import { expectRefused } from './limited-files.ts';
import { rawRequest } from './raw-http.ts';
import { openWharf, type Wharf } from './wharf.ts';

jest.setTimeout(60_000);

let wharf: Wharf;
let client: Client;

beforeAll(async () => {
  wharf = await openWharf();
  for (const name of ['metadata', 'gateway'] as const) await Promise.all([wharf.start(name), wharf.start(name)]);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => expect((await fetch(`${client.api}/files`)).status).toBe(200));
});

afterAll(() => wharf?.close());

const bytes = randomBytes(20_000);
const json = { 'Content-Type': 'application/json' };

async function store(name = 'plan.bin', fields: Record<string, string> = {}): Promise<string> {
  return (await uploaded(client.uploadForm(bytes, name, fields, 'application/octet-stream'))).uid;
}

async function share(uids: string[], options: object = {}): Promise<ShareLink> {
  const answer = await fetch(`${client.api}/links`, {
    method: 'POST',
    body: JSON.stringify({ uids, ...options }),
    headers: json,
  });
  expect(answer.status).toBe(201);
  const link = ShareLink.strict().parse(await answer.json());
  expect(answer.headers.get('Location')).toBe(link.url);
  return link;
}

const at = (path: string, index = 0) => `${wharf.urls[index % 2]}${path}`;
const viewOf = async (link: ShareLink, headers: Record<string, string> = {}, index = 0) => {
  const answer = await fetch(at(link.url, index), { headers: { Accept: 'application/json', ...headers } });
  expect(answer.headers.get('Referrer-Policy')).toBe('no-referrer');
  return answer.status === 200 ? LinkView.strict().parse(await answer.json()) : (await problemOf(answer)).code;
};
const recordOf = async ({ id }: ShareLink) =>
  LinkPage.strict()
    .parse(await (await fetch(`${client.api}/links?limit=200`)).json())
    .links.find((link) => link.id === id);

test('a link of several shows what it has, and gives each and all', async () => {
  const uids = [await store('plan.bin'), await store('отчёт.png')];
  const link = await share(uids, { title: 'For the meeting', max_downloads: 5 });
  expect(await viewOf(link)).toEqual({
    title: 'For the meeting',
    expires_at: null,
    downloads_left: 5,
    has_password: false,
    is_unlocked: true,
    file_count: 2,
    total_bytes: 40_000,
    files: uids.map((uid, index) => ({
      uid,
      name: ['plan.bin', 'отчёт.png'][index],
      size_bytes: 20_000,
      content_type: expect.any(String),
      download_url: `${link.download_url}/files/${uid}`,
      is_previewable: false,
    })),
    gone_count: 0,
    download_url: link.download_url,
    archive_name: 'For the meeting.zip',
  });
  const one = await fetch(at(`${link.download_url}/files/${uids[1]}`));
  expect(Buffer.from(await one.arrayBuffer()).equals(bytes)).toBe(true);
  expect((await rawRequest(at(link.download_url, 1))).headers['content-type']).toBe('application/zip');
  await eventually(async () => expect(await viewOf(link)).toMatchObject({ downloads_left: 3 }));
  const others = await store('other');
  expect((await problemOf(await fetch(at(`${link.download_url}/files/${others}`)))).code).toBe('file_not_found');
});

test('of a link without limits the downloads are counted all the same', async () => {
  const link = await share([await store()]);
  await (await fetch(at(link.download_url))).arrayBuffer();
  await eventually(async () =>
    expect(await recordOf(link)).toMatchObject({ download_count: 1, last_used_at: expect.stringMatching(/Z$/) }),
  );
});

/** As programs call themselves that look at links in messages. */
const bots = [
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'Twitterbot/1.0',
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'SkypeUriPreview Preview/0.5 skype-url-preview@microsoft.com',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Iframely/1.3.1 (+https://iframely.com/docs/about)',
];

describe('a link for one download', () => {
  test.each([1, 3])('of %d files is used up by nobody who only looks', async (count) => {
    const uids = await Promise.all(Array.from({ length: count }, (_, index) => store(`${index} <b>.bin`)));
    const link = await share(uids, { max_downloads: 1, title: '<script>alert(1)</script>' });
    for (const [index, bot] of bots.entries()) {
      const page = await fetch(at(link.url, index), { headers: { 'User-Agent': bot, Accept: 'text/html,*/*;q=0.8' } });
      const html = await page.text();
      expect([page.status, page.headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8']);
      expect(html).toContain('property="og:title" content="&#60;script&#62;alert(1)');
      expect(html).not.toContain('<script>alert');
      const headers = { 'User-Agent': bot };
      expect((await fetch(at(link.url, index), { method: 'HEAD', headers })).status).toBe(200);
      expect((await fetch(at(link.download_url, index), { method: 'HEAD', headers })).status).toBe(200);
      const prefetch = { ...headers, 'Sec-Purpose': 'prefetch;prerender' };
      expect((await fetch(at(link.download_url, index), { headers: prefetch })).status).toBe(204);
    }
    expect(await viewOf(link)).toMatchObject({ downloads_left: 1 });
    expect((await rawRequest(at(link.download_url))).status).toBe(200);
    await eventually(async () => expect(await viewOf(link, {}, 1)).toBe('downloads_exhausted'));
    const page = await fetch(at(link.url), { headers: { Accept: 'text/html' } });
    expect([page.status, await page.text()]).toEqual([410, expect.stringContaining('<title>Wharf</title>')]);
    const known = { Accept: 'text/html', 'If-None-Match': page.headers.get('ETag') as string };
    expect((await rawRequest(at(link.url), { headers: known })).status).toBe(304);
  });

  const rounds = Number(process.env.WHARF_TEST_COUNTED_LINKS ?? 2);
  test.each(Array.from({ length: rounds }, (_, round) => round + 1))(
    'gives its file to one of a hundred clients (%d)',
    async () => {
      const link = await share([await store()], { max_downloads: 1 });
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) =>
          rawRequest(at(link.download_url, index), { headers: { 'User-Agent': `client ${index}` } }),
        ),
      );
      const complete = answers.filter(({ status }) => status === 200);
      expect(complete.map(({ body }) => body.equals(bytes))).toEqual([true]);
      expectRefused(
        answers
          .filter(({ status }) => status !== 200)
          .map(({ body, status }) => `${status} ${JSON.parse(body.toString()).code}`),
      );
    },
  );
});

describe('files that have ended', () => {
  test('are told of, and the others are there one by one', async () => {
    const [gone, left] = [await store('gone'), await store('left')];
    const link = await share([gone, left]);
    await fetch(`${client.api}/files/${gone}`, { method: 'DELETE' });
    expect(await viewOf(link)).toMatchObject({ gone_count: 1, file_count: 1, files: [{ uid: left }] });
    expect((await problemOf(await fetch(at(link.download_url)))).code).toBe('file_deleted');
    expect((await fetch(at(`${link.download_url}/files/${left}`, 1))).status).toBe(200);
    await fetch(`${client.api}/files/${left}`, { method: 'DELETE' });
    expect(await viewOf(link, {}, 1)).toBe('file_deleted');
  });
});

describe('a password', () => {
  const secret = 'пароль open';
  const unlock = (link: ShareLink, password: string, index = 0) =>
    fetch(at(`${link.download_url}/unlock`, index), {
      method: 'POST',
      body: JSON.stringify({ password }),
      headers: json,
    });
  const cookiesOf = (answer: Response) => answer.headers.getSetCookie();
  const header = (password: string) => ({ 'Wharf-Link-Password': Buffer.from(password, 'utf8').toString('latin1') });

  test('hides what it protects, from people, bots and programs', async () => {
    const link = await share([await store('secret plan.bin')], { title: 'Secret', password: secret });
    expect(link.has_password).toBe(true);
    expect(await viewOf(link)).toMatchObject({
      title: null,
      is_unlocked: false,
      files: [],
      file_count: 0,
      total_bytes: 0,
      archive_name: null,
    });
    const html = await (await fetch(at(link.url), { headers: { Accept: 'text/html' } })).text();
    expect(html).not.toMatch(/secret/i);
    for (const method of ['GET', 'HEAD']) {
      const answer = await fetch(at(link.download_url), { method });
      expect([answer.status, answer.headers.get('WWW-Authenticate')]).toEqual([401, 'Wharf-Link-Password']);
    }
    expect((await problemOf(await fetch(at(link.download_url), { headers: header('wrong') }))).code).toBe(
      'password_required',
    );
    expect((await problemOf(await unlock(link, 'wrong'))).code).toBe('password_required');
  });

  test('opens the link at every gateway, by its cookie or in a header', async () => {
    const link = await share([await store(), await store()], { password: secret });
    const answer = await unlock(link, secret);
    expect(answer.status).toBe(204);
    const cookies = cookiesOf(answer);
    expect(cookies).toEqual([
      expect.stringMatching(new RegExp(`^wharf_unlocked=[^;]+; path=${link.url}; .*samesite=lax; httponly`, 'i')),
      expect.stringMatching(
        new RegExp(`^wharf_unlocked=[^;]+; path=${link.download_url}; .*samesite=lax; httponly`, 'i'),
      ),
    ]);
    const cookie = { Cookie: cookies[0]?.split(';')[0] as string };
    for (const index of [0, 1]) {
      for (const shown of [cookie, header(secret)]) {
        expect(await viewOf(link, shown, index)).toMatchObject({ is_unlocked: true, file_count: 2 });
        expect((await rawRequest(at(link.download_url, index), { headers: shown })).status).toBe(200);
      }
    }
    const other = await share([await store()], { password: secret });
    expect((await fetch(at(other.download_url), { headers: cookie })).status).toBe(401);
    expect(
      (await fetch(at(link.download_url), { headers: { Cookie: `${cookie.Cookie.slice(0, -2)}xx` } })).status,
    ).toBe(401);
    await fetch(`${client.api}/links/${link.id}`, { method: 'DELETE' });
    for (const index of [0, 1]) {
      for (const shown of [cookie, header(secret)]) expect(await viewOf(link, shown, index)).toBe('link_revoked');
    }
  });

  test('is tried ten times in a quarter of an hour, over both gateways and in both ways', async () => {
    const link = await share([await store()], { password: secret });
    const tries = Array.from({ length: 24 }, async (_, index) => {
      const guess = `guess ${index}`;
      const answer =
        index % 2
          ? await unlock(link, guess, index % 3)
          : await fetch(at(link.download_url, index % 3), { headers: header(guess) });
      return answer.status;
    });
    const statuses = await Promise.all(tries);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(14);
    const refused = await unlock(link, secret);
    expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '900']);
  });

  test.each([{ password: '' }, { password: 'x'.repeat(1025) }, { title: '' }, { uids: [] }, { uids: ['x'] }])(
    '%j is refused',
    async (options) => {
      const body = JSON.stringify({ uids: [await store()], ...options });
      const problem = await problemOf(await fetch(`${client.api}/links`, { method: 'POST', body, headers: json }));
      expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    },
  );
});
