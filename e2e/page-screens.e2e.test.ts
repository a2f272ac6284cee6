import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import type { Page } from 'playwright-core';
import { bearer, sendJson } from './accounts-client.ts';
import { look } from './page/look.ts';
import { openPageWorld, type PageWorld, signIn } from './page/page-world.ts';
import { pdf, png, text } from './page/sample-files.ts';

let world: PageWorld;
let uid: string;

beforeAll(async () => {
  world = await openPageWorld();
  const { admin, url } = world;
  for (const [name, bytes] of [
    ['Harbour at dawn.png', png],
    ['Tide table 2026.pdf', pdf],
    ['план причала.txt', text],
    ['crane-log.csv', Buffer.from('time,load\n06:12,12\n'.repeat(2000))],
  ] as const) {
    const address = `${url}/api/v1/files/stream?filename=${encodeURIComponent(name)}`;
    const answer = await fetch(address, {
      method: 'POST',
      body: new Uint8Array(bytes),
      headers: bearer(admin.accessToken),
    });
    ({ uid } = (await answer.json()) as { uid: string });
  }
  const headers = bearer(admin.accessToken);
  const link = { title: 'For the harbour office', max_downloads: 5, password: 'open sesame', expires_in: 600_000 };
  await sendJson(`${url}/api/v1/files/${uid}/links`, link, { headers });
  const limits = { max_files: 10, max_bytes: 1e9, max_file_size: 1e8, allowed_types: ['image/*'], expires_in: 600_000 };
  await sendJson(
    `${url}/api/v1/requests`,
    { title: 'Photos of the pier', message: 'After the storm, please.', ...limits },
    { headers },
  );
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

test('the door', async () => {
  await world.browser.visit(world.url);
  await world.browser.page.getByRole('button', { name: 'Sign in' }).waitFor();
  await look(world.browser.page, 'sign-in');
}, 60_000);

interface Screen {
  name: string;
  address: string;
  /** Text that stands there once everything is there. */
  shows: string;
  open?(page: Page): Promise<void>;
}

const screens: Screen[] = [
  { name: 'files', address: '#/files', shows: 'Harbour at dawn.png' },
  {
    name: 'share',
    address: '#/files',
    shows: 'Harbour at dawn.png',
    async open(page) {
      await page.getByLabel('Select Harbour at dawn.png').click();
      await page.getByRole('button', { name: 'Share' }).click();
      await page.getByRole('dialog').waitFor();
    },
  },
  { name: 'links', address: '#/links', shows: 'For the harbour office' },
  { name: 'requests', address: '#/requests', shows: 'Photos of the pier' },
  { name: 'settings', address: '#/settings', shows: 'Where you are signed in' },
  { name: 'system', address: '#/admin', shows: 'Sweeps and audits' },
  { name: 'users', address: '#/admin/users', shows: 'admin@example.org' },
  { name: 'dead-letters', address: '#/admin/dead-letters', shows: 'Dead letters' },
  { name: 'audits', address: '#/admin/audits', shows: 'Start an audit' },
];

test('somebody who is signed in', async () => {
  await signIn(world.browser, world.url, { email: world.admin.user.email, password: world.admin.password });
  for (const { address, name, open, shows } of [
    ...screens,
    { name: 'file', address: `#/files/${uid}`, shows: 'SHA-256' } as Screen,
  ]) {
    const { page } = world.browser;
    await page.goto(`${world.url}/${address}`);
    await page.reload();
    if (name === 'file') await page.getByLabel('SHA-256').waitFor();
    else await page.getByText(shows).first().waitFor();
    await open?.(page);
    await look(page, name);
  }
}, 240_000);

test('the first load takes at most 150 KB', async () => {
  const { page } = world.browser;
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  let bytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await page.goto(`${world.url}/#/files`);
  await page.reload();
  await page.getByText('Harbour at dawn.png').waitFor();
  await session.detach();
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(150_000);
}, 60_000);

test('by keyboard alone: rows are walked, marked and opened, and a dialog gives the focus back', async () => {
  const { page } = world.browser;
  const row = (index: number) => page.locator(`[data-row="${index}"]`);
  const marked = () => page.locator('[role=row][aria-selected=true]').count();
  await page.locator('[role=row][tabindex="0"]').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await eventually(async () =>
    expect(await page.evaluate('document.activeElement.getAttribute("data-row")')).toBe('1'),
  );
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowDown');
  await page.getByText('2 selected').waitFor();
  expect(await marked()).toBe(2);

  await page.getByRole('button', { name: 'Share' }).focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  for (let count = 0; count < 12; count++) await page.keyboard.press('Tab');
  expect(
    await page.evaluate(
      'document.activeElement.closest("dialog") !== null || document.activeElement === document.body',
    ),
  ).toBe(true);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  expect(await page.evaluate('document.activeElement.textContent')).toContain('Share');

  await row(1).focus();
  await page.keyboard.press('Escape');
  expect(await marked()).toBe(0);
  await page.keyboard.press('Enter');
  await page.getByLabel('SHA-256').waitFor();
}, 60_000);

test('nothing was asked for elsewhere, and nothing that the policy refuses', () => {
  const { complaints, requests } = world.browser;
  expect([...new Set(requests.map((address) => new URL(address).origin))]).toEqual([world.url]);
  expect(complaints.filter((complaint) => /policy|refused/i.test(complaint))).toEqual([]);
});
