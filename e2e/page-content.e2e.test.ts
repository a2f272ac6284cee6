import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import { bearer } from './accounts-client.ts';
import { openPageWorld, type PageWorld, signIn } from './page/page-world.ts';
import { html, pdf, png, svg } from './page/sample-files.ts';

let world: PageWorld;

beforeAll(async () => {
  world = await openPageWorld();
  world.browser.page.on('dialog', (dialog) => {
    world.browser.complaints.push(`a dialog says ${dialog.message()}`);
    void dialog.dismiss();
  });
  await signIn(world.browser, world.url, { email: world.user.user.email, password: world.user.password });
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

async function uploaded(name: string, bytes: Uint8Array, type: string): Promise<FileRecord> {
  const address = `${world.url}/api/v1/files/stream?filename=${encodeURIComponent(name)}`;
  const headers = { ...bearer(world.user.accessToken), 'Content-Type': type };
  const answer = await fetch(address, { method: 'POST', body: new Uint8Array(bytes), headers });
  expect(answer.status).toBe(201);
  return (await answer.json()) as FileRecord;
}

/** Whatever a script of somebody's file would leave behind. */
async function expectNothingRan(): Promise<void> {
  const { complaints, page } = world.browser;
  expect(await page.evaluate('window.ran')).toBeUndefined();
  // What was broken off by the next page is no fault.
  expect(complaints.filter((complaint) => !/ERR_ABORTED|Failed to load/.test(complaint))).toEqual([]);
}

test.each([
  ['a page', html, 'text/html', 'pre', '<script>window.ran=1</script>'],
  ['a drawing', svg, 'image/svg+xml', 'pre', '<script>window.ran=1</script>'],
  ['a text', Buffer.from('"quoted" <b>bold</b> &amp;'), 'text/plain', 'pre', '"quoted" <b>bold</b> &amp;'],
  ['a picture', png, 'image/png', 'img', undefined],
  ['a document', pdf, 'application/pdf', 'canvas[data-drawn]', undefined],
])('%s is looked at, and nothing of it runs', async (name, bytes, type, element, shown) => {
  const { page } = world.browser;
  const { uid } = await uploaded(name, bytes, type);
  await page.goto(`${world.url}/#/files/${uid}`);
  const preview = page.locator(`.preview ${element}`);
  await preview.waitFor();
  if (shown !== undefined) expect(await preview.textContent()).toContain(shown);
  await expectNothingRan();
});

const names = [
  '<img src=x onerror="window.ran=1">.txt',
  '<script>window.ran=1</script>.txt',
  '"onmouseover="window.ran=1".txt',
  "javascript:window.ran=1 'x.txt",
  '{{constructor.constructor("window.ran=1")()}}.txt',
  '\u202Egnp.exe.txt',
];

test.each(names)('the name %s is text, in the list and on its own page', async (name) => {
  const { page } = world.browser;
  const { original_name: kept, uid } = await uploaded(name, Buffer.from('x'), 'text/plain');
  await page.goto(`${world.url}/#/files`);
  await page.reload();
  const link = page.getByRole('grid').getByRole('link', { name: kept, exact: true });
  await link.hover();
  await link.click();
  await page.getByRole('heading', { name: kept, exact: true }).waitFor();
  expect(page.url()).toContain(uid);
  await expectNothingRan();
});

test('a file whose downloads are counted is not looked at', async () => {
  const { page } = world.browser;
  const { uid } = await uploaded('once.png', png, 'image/png');
  const headers = { ...bearer(world.user.accessToken), 'Content-Type': 'application/json' };
  await fetch(`${world.url}/api/v1/files/${uid}`, { method: 'PATCH', headers, body: '{"max_downloads":1}' });
  await page.goto(`${world.url}/#/files/${uid}`);
  await page.getByText('No preview: it would use up a download.').waitFor();
  expect(await page.locator('.preview img').count()).toBe(0);
});
