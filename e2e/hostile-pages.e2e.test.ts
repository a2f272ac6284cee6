import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { type Browser, openBrowser } from './browser.ts';
import { type Client, uploaded } from './client.ts';
import { callIn, fetchFrom, submitForm } from './page-requests.ts';
import { openSmallWharf, type Wharf } from './wharf.ts';

const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
const script = 'window.wasRun = true';

let wharf: Wharf;
let sites: Server;
let browser: Browser;
/** A site that the gateway knows nothing of, and one of `CORS_ORIGINS`. */
let evil: string;
let friend: string;
/** The gateway at its address, and at a name that its owner has led to it. */
let client: Client;
let rebound: string;
let files: Record<'text' | 'image' | 'script' | 'page', FileRecord>;

beforeAll(async () => {
  sites = createServer((_request, response) => response.setHeader('Content-Type', 'text/html').end('<p>A page'));
  await new Promise<void>((resolve) => sites.listen(0, '127.0.0.1', resolve));
  const { port } = sites.address() as AddressInfo;
  [evil, friend] = [`http://evil.test:${port}`, `http://friend.test:${port}`];
  ({ client, wharf } = await openSmallWharf({ CORS_ORIGINS: friend }));
  rebound = client.url.replace('127.0.0.1', 'rebound.test');
  const store = (bytes: Buffer, name: string, type: string) => uploaded(client.uploadForm(bytes, name, {}, type));
  files = {
    text: await store(Buffer.from('plain text'), 'a.txt', 'text/plain'),
    image: await store(png, 'a.png', 'image/png'),
    script: await store(Buffer.from(script), 'a.js', 'text/javascript'),
    page: await store(Buffer.from(`<script>${script}</script><h1>Title</h1>`), 'a.html', 'text/html'),
  };
  browser = await openBrowser({ ownNames: ['evil.test', 'friend.test', 'rebound.test'] });
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await wharf?.close();
  await new Promise((resolve) => sites?.close(resolve));
}, 60_000);

/** How many files the gateway holds. */
const count = async () =>
  ((await (await fetch(`${client.api}/files?limit=200`)).json()) as { files: FileRecord[] }).files.length;

const addressOf = ({ uid }: FileRecord) => `${client.api}/files/${uid}`;

/** Whether an element of the page that is open gets what it asks for. */
function embed(tag: 'img' | 'script', address: string, attributes: Record<string, string> = {}): Promise<boolean> {
  return callIn(
    browser.page,
    `(tag, attributes) => new Promise((resolve) => {
      const element = document.createElement(tag);
      for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
      element.onload = () => resolve(true);
      element.onerror = () => resolve(false);
      document.body.append(element);
    })`,
    tag,
    { ...attributes, src: address },
  );
}

/** The status of the page that a form leads to. */
const statusOfForm = async (action: string, enctype: string) =>
  (await submitForm(browser.page, { action, enctype })).status();

describe('a name of a stranger that leads to the gateway', () => {
  test('shows no page of it', async () => {
    for (const path of ['/docs', '/openapi.json', '/metrics', '/api/v1/files', `/api/v1/files/${files.text.uid}`]) {
      expect([path, (await browser.visit(rebound + path))?.status()]).toEqual([path, 421]);
    }
  });

  test('lets no page of that name read or write anything, for all that it is of the same origin', async () => {
    await browser.visit(`${rebound}/health/live`);
    expect(await fetchFrom(browser.page, '/api/v1/files')).toMatch(/^421 .*misdirected_request/);
    expect(await fetchFrom(browser.page, '/api/v1/files/stream', { method: 'POST', body: 'x' })).toMatch(/^421 /);
    expect(await fetchFrom(browser.page, `/api/v1/files/${files.text.uid}`, { method: 'DELETE' })).toMatch(/^421 /);
    expect((await client.record(files.text.uid)).status).toBe('stored');
  });
});

describe('a page of a site that nobody allowed', () => {
  beforeEach(async () => {
    await browser.visit(evil);
  });

  test.each(['multipart/form-data', 'text/plain', 'application/x-www-form-urlencoded'])(
    'uploads nothing by a form (%s)',
    async (enctype) => {
      const before = await count();
      expect(await statusOfForm(`${client.api}/files`, enctype)).toBe(403);
      await browser.visit(evil);
      expect(await statusOfForm(`${client.api}/files/stream`, enctype)).toBe(403);
      expect(await count()).toBe(before);
    },
  );

  test('makes no link by a form', async () => {
    expect(await statusOfForm(`${addressOf(files.text)}/links`, 'text/plain')).toBe(403);
  });

  test('uploads nothing by a fetch that asks no leave', async () => {
    const before = await count();
    expect(
      await fetchFrom(browser.page, `${client.api}/files/stream`, { method: 'POST', mode: 'no-cors', body: 'x' }),
    ).toBe('opaque');
    const answerType = browser.page.evaluate(async (to) => {
      const body = new FormData();
      body.append('file', new File(['by fetch'], 'fetch.txt'));
      return (await fetch(to, { method: 'POST', mode: 'no-cors', body })).type;
    }, `${client.api}/files`);
    expect(await answerType).toBe('opaque');
    expect(await count()).toBe(before);
  });

  test('reads nothing', async () => {
    for (const path of ['/openapi.json', '/api/v1/files', `/api/v1/files/${files.text.uid}`]) {
      expect(await fetchFrom(browser.page, client.url + path)).toBe('failed');
    }
    // By Cross-Origin-Resource-Policy: without it an opaque answer would be in the memory of the page.
    expect(await fetchFrom(browser.page, addressOf(files.image), { mode: 'no-cors' })).toBe('failed');
  });

  test('shows no image and runs no script of it', async () => {
    expect(await embed('img', addressOf(files.image))).toBe(false);
    expect(await embed('img', addressOf(files.image), { crossorigin: 'anonymous' })).toBe(false);
    expect(await embed('script', addressOf(files.script))).toBe(false);
    expect(await browser.page.evaluate('window.wasRun')).toBeUndefined();
  });
});

describe('a page of CORS_ORIGINS', () => {
  beforeEach(async () => {
    await browser.visit(friend);
  });

  test('uploads, reads and deletes', async () => {
    const stored = await fetchFrom(browser.page, `${client.api}/files/stream?filename=a.txt`, {
      method: 'POST',
      body: 'friend',
    });
    expect(stored).toMatch(/^201 /);
    const { uid } = JSON.parse(stored.slice(4)) as FileRecord;
    expect(await fetchFrom(browser.page, `${client.api}/files/${uid}`)).toBe('200 friend');
    expect(await fetchFrom(browser.page, `${client.api}/files/${uid}`, { method: 'DELETE' })).toBe('204 ');
  });

  test('uploads by a form', async () => {
    expect(await statusOfForm(`${client.api}/files`, 'multipart/form-data')).toBe(201);
  });

  test('shows images with crossorigin', async () => {
    expect(await embed('img', addressOf(files.image), { crossorigin: 'anonymous' })).toBe(true);
    expect(await embed('img', addressOf(files.image))).toBe(false);
  });
});

describe('a file at its own address', () => {
  const inline = (file: FileRecord) => `${addressOf(file)}?disposition=inline`;

  test('an image and a text are shown', async () => {
    await browser.visit(inline(files.image));
    expect(await browser.page.evaluate('document.images[0].naturalWidth')).toBe(1);
    await browser.visit(inline(files.text));
    expect(await browser.page.locator('body').textContent()).toBe('plain text');
  });

  test('its page is in no origin', async () => {
    await browser.visit(inline(files.text));
    expect(await browser.page.evaluate('self.origin')).toBe('null');
  });

  test('a page is saved and not shown', async () => {
    await browser.visit(`${client.url}/health/live`);
    const download = browser.page.waitForEvent('download');
    await browser.page.goto(inline(files.page)).catch(() => undefined);
    expect((await download).suggestedFilename()).toBe('a.html');
  });
});

test('a page of the gateway itself uses all of it', async () => {
  await browser.visit(`${client.url}/docs`);
  await eventually(async () => expect(await browser.page.locator('.opblock').count()).toBeGreaterThan(0), {
    timeoutMs: 90_000,
  });
  expect(
    await fetchFrom(browser.page, '/api/v1/files/stream?filename=own.txt', { method: 'POST', body: 'own' }),
  ).toMatch(/^201 /);
  expect(await embed('img', addressOf(files.image))).toBe(true);
  // The policy of the page names two scripts, and an uploaded one is neither.
  expect(await embed('script', addressOf(files.script))).toBe(false);
});
