import { randomBytes } from 'node:crypto';
import { get } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Browser, openBrowser } from './browser.ts';
import { type Client, clientOf, sha256, sha256Of } from './client.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';

let wharf: Wharf;
let client: Client;
let browser: Browser;

beforeAll(async () => {
  wharf = await openWharf();
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    expect(await (await fetch(`${client.url}/health/ready`)).json()).toMatchObject({ status: 'ok' });
  });
  browser = await openBrowser();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await wharf?.close();
}, 60_000);

test.each(['/docs', '/docs/'])(
  '%s shows every operation',
  async (path) => {
    const { page } = browser;
    const answer = await browser.visit(client.url + path);
    expect(answer?.status()).toBe(200);
    const policy = answer?.headers()['content-security-policy'];
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|\*|http/);
    expect(policy).toMatch(/; script-src 'sha256-[\w+/]{43}=' 'sha256-[\w+/]{43}=';/);
    const document = (await (await fetch(`${client.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const count = Object.values(document.paths).flatMap((item) => Object.keys(item)).length;
    await page.locator('.opblock').first().waitFor();
    expect(await page.locator('.opblock').count()).toBe(count);
    expect(await page.locator('.errors-wrapper').count()).toBe(0);
  },
  180_000,
);

test.each(['uploadForm', 'uploadStream'])(
  '%s: a chosen file is uploaded from the page, with nothing that nobody asked for',
  async (operationId) => {
    const { page } = browser;
    const bytes = randomBytes(10_000);
    await browser.visit(`${client.url}/docs`);
    const operation = page.locator(`#operations-uploads-${operationId}`);
    await operation.locator('.opblock-summary-control').click();
    await operation.getByRole('button', { name: 'Try it out' }).click();
    await operation
      .locator('input[type=file]')
      .setInputFiles({ name: 'photo.dat', mimeType: 'application/octet-stream', buffer: bytes });
    await operation.getByRole('button', { name: 'Execute' }).click();

    const answer = operation.locator('.live-responses-table .response');
    await answer.waitFor();
    expect(await answer.locator('.response-col_status').textContent()).toMatch(/^201/);
    const shown = await answer.locator('.highlight-code code').first().textContent();
    const record = FileRecord.strict().parse(JSON.parse(shown as string));
    expect(record).toMatchObject({
      original_name: operationId === 'uploadForm' ? 'photo.dat' : 'unnamed',
      sha256: sha256(bytes),
      message_id: null,
      metadata: {},
      expires_at: null,
      max_downloads: null,
    });
    expect(await sha256Of(await client.get(record.uid))).toBe(sha256(bytes));
  },
  180_000,
);

test('the page asked nobody else for anything, and nothing of it failed', () => {
  expect(browser.requests.length).toBeGreaterThan(10);
  expect([...new Set(browser.requests.map((address) => new URL(address).origin))]).toEqual([client.url]);
  expect(browser.complaints).toEqual([]);
});

test('the files of the page are kept by browsers, and nothing else of their folder has an address', async () => {
  const page = await (await fetch(`${client.url}/docs`)).text();
  const addresses = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => client.url + address);
  expect(addresses).toHaveLength(4);
  for (const address of addresses) {
    const answer = await fetch(address);
    expect([address, answer.status]).toEqual([address, 200]);
    expect(answer.headers.get('Cache-Control')).toMatch(/max-age=[1-9]/);
    expect((await answer.arrayBuffer()).byteLength).toBe(Number(answer.headers.get('Content-Length')));
    const again = { 'If-None-Match': answer.headers.get('ETag') as string, 'Cache-Control': 'max-age=0' };
    expect((await fetch(address, { headers: again })).status).toBe(304);
  }
  const { hostname, port } = new URL(client.url);
  for (const path of [
    'package.json',
    'index.html',
    '..',
    '../package.json',
    '..%2fpackage.json',
    '%2e%2e/package.json',
    '..%5cpackage.json',
    '%00',
  ]) {
    // A plain request: fetch would tidy the path up before it is sent.
    const status = await new Promise((resolve, reject) => {
      get({ hostname, port, path: `/docs/${path}` }, (answer) => resolve(answer.resume().statusCode)).on(
        'error',
        reject,
      );
    });
    expect([path, status]).toEqual([path, 404]);
  }
});
