import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { bearer } from './accounts-client.ts';
import { type Browser, openBrowser } from './browser.ts';
import { sha256 } from './client.ts';
import { expectAccessible } from './page/audit-page.ts';
import { look } from './page/look.ts';
import { openPageWorld, type PageWorld, signIn } from './page/page-world.ts';
import { png } from './page/sample-files.ts';

let world: PageWorld;
const visitors: Browser[] = [];

beforeAll(async () => {
  world = await openPageWorld();
  await signIn(world.browser, world.url, { email: world.user.user.email, password: world.user.password });
}, 120_000);

afterEach(async () => {
  for (const visitor of visitors.splice(0)) await visitor.close();
});

afterAll(async () => {
  await world?.close();
}, 60_000);

async function uploaded(name: string, bytes: Uint8Array): Promise<FileRecord> {
  const address = `${world.url}/api/v1/files/stream?filename=${encodeURIComponent(name)}`;
  const headers = bearer(world.user.accessToken);
  const answer = await fetch(address, { method: 'POST', body: new Uint8Array(bytes), headers });
  expect(answer.status).toBe(201);
  return (await answer.json()) as FileRecord;
}

/** Marks files in the list and shares them by the dialog. Gives the address. */
async function share(
  names: string[],
  { count, password }: { count?: number; password?: string } = {},
): Promise<string> {
  const { page } = world.browser;
  await page.goto(`${world.url}/#/links`);
  await page.goto(`${world.url}/#/files`);
  for (const name of names) await page.getByRole('checkbox', { name: `Select ${name}` }).click();
  await page.getByRole('button', { name: 'Share' }).click();
  const dialog = page.getByRole('dialog');
  if (count !== undefined) await dialog.getByLabel('Downloads at most').fill(String(count));
  if (password !== undefined) await dialog.getByLabel('Password (optional)').fill(password);
  await dialog.getByRole('button', { name: 'Create link' }).click();
  const address = await dialog.getByLabel('Address of the link').inputValue();
  await dialog.getByRole('img', { name: 'QR code' }).waitFor();
  await dialog.getByRole('button', { name: 'Done' }).click();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/s\/[\w-]{20,}$/);
  return address;
}

/** In a profile of its own. */
async function visit(address: string): Promise<Browser['page']> {
  const visitor = await openBrowser();
  visitors.push(visitor);
  await visitor.page.goto(address);
  return visitor.page;
}

const bots = [
  'facebookexternalhit/1.1',
  'Twitterbot/1.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'TelegramBot (like TwitterBot)',
  'WhatsApp/2.23.20.0',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'LinkedInBot/1.0',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'SkypeUriPreview Preview/0.5',
  'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
];

test('a link with a password and one download: bots use nothing up, the first person gets the file, the second one is told why not', async () => {
  const bytes = randomBytes(50_000);
  await uploaded('treasure.bin', bytes);
  const address = await share(['treasure.bin'], { count: 1, password: 'open sesame' });

  for (const bot of bots) {
    const seen = await fetch(address, { headers: { 'User-Agent': bot } });
    expect([bot, seen.status, seen.headers.get('Content-Type')]).toEqual([bot, 200, 'text/html; charset=utf-8']);
    expect(await seen.text()).toContain('og:title');
  }
  await fetch(address, { method: 'HEAD' });
  await fetch(address, { headers: { 'Sec-Purpose': 'prefetch' } });

  const first = await visit(address);
  await first.getByLabel('Password').fill('wrong');
  await first.getByRole('button', { name: 'Unlock' }).click();
  await first.getByText('The password is not right.').waitFor();
  await first.getByLabel('Password').fill('open sesame');
  await first.getByRole('button', { name: 'Unlock' }).click();
  await first.getByRole('heading', { name: 'treasure.bin' }).waitFor();
  await first.getByText('1 download left').waitFor();
  const downloading = first.waitForEvent('download');
  await first.getByRole('link', { name: 'Download' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('treasure.bin');
  const received: Buffer[] = [];
  for await (const piece of await download.createReadStream()) received.push(piece as Buffer);
  expect(sha256(Buffer.concat(received))).toBe(sha256(bytes));

  const second = await visit(address);
  await second.getByRole('heading', { name: 'This link has ended' }).waitFor();
  await second.getByText('All its downloads are used up.').waitFor();
  await expectAccessible(second, 'a link that has ended');
}, 120_000);

test('a link to several files is a page with each of them, that fits a telephone and everybody', async () => {
  await uploaded('one.txt', Buffer.from('one'));
  await uploaded('<i>two.txt', Buffer.from('two'));
  const page = await visit(await share(['one.txt', '<i>two.txt']));
  await page.getByRole('heading', { name: '2 files' }).waitFor();
  await page.getByText('<i>two.txt', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Preview one.txt' }).click();
  expect(await page.locator('pre').textContent()).toBe('one');
  await look(page, 'link');
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download all as a zip' }).click();
  expect((await downloading).suggestedFilename()).toMatch(/\.zip$/);
}, 120_000);

test('what is withdrawn ends at once, on the page of its owner too', async () => {
  await uploaded('secret.txt', Buffer.from('secret'));
  const address = await share(['secret.txt']);
  const { page } = world.browser;
  await page.goto(`${world.url}/#/links`);
  await page.getByRole('button', { name: 'Withdraw secret.txt' }).click();
  await page.getByText('The link was withdrawn').waitFor();
  const visitor = await visit(address);
  await visitor.getByText('The link was withdrawn.').waitFor();
}, 120_000);

test('others deliver what was asked for, are told what is not taken, and the owner finds what came', async () => {
  const { page } = world.browser;
  await page.goto(`${world.url}/#/requests`);
  await page.getByRole('button', { name: 'New request' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Title').fill('Photos of the <i>pier</i>');
  await dialog.getByLabel('Files at most').fill('2');
  await dialog.getByLabel('MB each at most').fill('1');
  await dialog.getByLabel('Which files').selectOption('image/*');
  await dialog.getByRole('button', { name: 'Create request' }).click();
  const address = await dialog.getByLabel('Address of the request').inputValue();
  await dialog.getByRole('button', { name: 'Done' }).click();

  const visitor = await visit(address);
  await visitor.getByRole('heading', { name: 'Photos of the <i>pier</i>' }).waitFor();
  await visitor.getByText('2 files left').waitFor();
  const choose = visitor.locator('input[data-choose=files]');
  await choose.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('words') });
  await visitor.locator('.upload', { hasText: 'notes.txt' }).getByText('Files of this type are not taken.').waitFor();
  await choose.setInputFiles({ name: 'pier.png', mimeType: 'image/png', buffer: png });
  await visitor.getByText('1 file left').waitFor();
  await look(visitor, 'request');

  await page.reload();
  await page.getByText('1 of 2 files').waitFor();
  await page.getByRole('link', { name: 'What came' }).click();
  await page.getByRole('grid').getByRole('link', { name: 'pier.png' }).waitFor();
}, 120_000);
