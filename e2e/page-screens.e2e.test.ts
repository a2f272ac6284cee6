import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import type { Page } from 'playwright-core';
import { bearer } from './accounts-client.ts';
import { expectAccessible, expectFitting } from './page/audit-page.ts';
import { openPageWorld, type PageWorld, signIn } from './page/page-world.ts';
import { pdf, png, text } from './page/sample-files.ts';

/** `npm run screenshots` says where to. */
const folder = process.env.WHARF_SCREENSHOTS;
const widths = [360, 800, 1600];
const themes = ['light', 'dark'] as const;

let world: PageWorld;
let uid: string;

beforeAll(async () => {
  world = await openPageWorld();
  // Colours that are on their way to others are judged as if they stayed.
  await world.browser.page.emulateMedia({ reducedMotion: 'reduce' });
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
  if (folder) await mkdir(folder, { recursive: true });
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

async function setTheme(page: Page, theme: string): Promise<void> {
  await page.evaluate(`document.documentElement.dataset.theme = ${JSON.stringify(theme)}`);
}

/** In every width and both themes: nothing sticks out, and axe finds nothing. */
async function look(name: string): Promise<void> {
  const { page } = world.browser;
  for (const width of widths) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 900 });
    await expectFitting(page, `${name} ${width}`);
    if (folder) await page.screenshot({ path: path.join(folder, `${name}-${width}.png`) });
  }
  for (const theme of themes) {
    await setTheme(page, theme);
    await expectAccessible(page, `${name} ${theme}`);
    if (folder && theme === 'dark') await page.screenshot({ path: path.join(folder, `${name}-dark.png`) });
  }
  await setTheme(page, 'auto');
}

test('the door', async () => {
  await world.browser.visit(world.url);
  await world.browser.page.getByRole('button', { name: 'Sign in' }).waitFor();
  await look('sign-in');
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
  { name: 'links', address: '#/links', shows: 'Links' },
  { name: 'requests', address: '#/requests', shows: 'Requests' },
  { name: 'settings', address: '#/settings', shows: 'Where you are signed in' },
  { name: 'system', address: '#/admin', shows: 'System' },
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
    await look(name);
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
  await eventually(async () => expect(await row(1).evaluate('row => row === document.activeElement')).toBe(true));
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
    await dialog.evaluate(
      'dialog => dialog.contains(document.activeElement) || document.activeElement === document.body',
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
