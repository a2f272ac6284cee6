import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { FilePage, FileRecord } from '@wharf/contracts';
import { type FreshFolder, freshFolder } from '@wharf/test-kit';
import { bearer } from './accounts-client.ts';
import { sha256, sha256Of } from './client.ts';
import { dropFiles } from './page/drop-files.ts';
import { openPageWorld, type PageWorld, signIn } from './page/page-world.ts';

/** `PAGE_UPLOAD_BYTES=200000000` is a film. */
const filmBytes = Number(process.env.PAGE_UPLOAD_BYTES ?? 24 * 1024 * 1024);

let world: PageWorld;
let folder: FreshFolder;

beforeAll(async () => {
  world = await openPageWorld();
  folder = await freshFolder('wharf-dropped');
  await signIn(world.browser, world.url, { email: world.user.user.email, password: world.user.password });
}, 120_000);

afterEach(async () => {
  await world.browser.page.context().setOffline(false);
});

afterAll(async () => {
  await world?.close();
  await folder?.remove();
}, 60_000);

/** All files of the user, by name. */
async function recordsByName(): Promise<Map<string, FileRecord>> {
  const answer = await fetch(`${world.url}/api/v1/files?limit=200`, { headers: bearer(world.user.accessToken) });
  const { files } = (await answer.json()) as FilePage;
  return new Map(files.map((record) => [record.original_name, record]));
}

async function onDisk(name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(folder.path, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, bytes);
  return file;
}

test('three files and a folder are dropped, uploaded with their folders, and listed', async () => {
  const { page } = world.browser;
  const bodies = new Map(
    ['отчёт.txt', 'a b.bin', 'empty.dat'].map((name) => [name, randomBytes(name === 'empty.dat' ? 0 : 5000)]),
  );
  const dropped = await Promise.all([...bodies].map(([name, bytes]) => onDisk(name, bytes)));
  await onDisk('holiday/sea/wave.bin', randomBytes(300_000));
  await onDisk('holiday/list.txt', Buffer.from('one two'));
  await dropFiles(page, [...dropped, path.join(folder.path, 'holiday')]);

  await page.getByText('5 of 5 files uploaded').waitFor();
  for (const name of [...bodies.keys(), 'wave.bin', 'list.txt']) {
    await page.getByRole('grid').getByRole('link', { name, exact: true }).waitFor();
  }
  const records = await recordsByName();
  expect(records.get('wave.bin')?.metadata).toEqual({ path: 'holiday/sea/wave.bin' });
  for (const [name, bytes] of bodies)
    expect(records.get(name)).toMatchObject({ size_bytes: bytes.length, sha256: sha256(bytes) });
});

test('an upload goes on after the network was away, and after a reload when the same file is chosen again', async () => {
  const { page } = world.browser;
  const bytes = randomBytes(filmBytes);
  const file = await onDisk('film.bin', bytes);
  const choose = () => page.locator('input[data-choose=files]').setInputFiles(file);
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  const stalled = world.network.stallAfter(5_000_000);
  await choose();
  await stalled;
  await page.context().setOffline(true);
  await world.network.cut();
  await page.locator('.upload', { hasText: 'film.bin' }).getByText('Waiting for the network').waitFor();
  await world.network.restore();
  // Pieces have at most 16 MiB: some of them have arrived by then.
  const stalledAgain = world.network.stallAfter(20_000_000);
  await page.context().setOffline(false);
  await stalledAgain;

  page.once('dialog', (dialog) => void dialog.accept());
  await page.reload();
  await page.getByLabel('Unfinished uploads').getByText('film.bin').waitFor();
  offsets.length = 0;
  await world.network.restore();
  await choose();
  await page.getByText('1 of 1 file uploaded').waitFor({ timeout: 60_000 });
  expect(offsets[0]).toBeGreaterThan(4_000_000);

  const record = (await recordsByName()).get('film.bin');
  const answer = await fetch(`${world.url}/api/v1/files/${record?.uid}`, { headers: bearer(world.user.accessToken) });
  expect(await sha256Of(answer)).toBe(sha256(bytes));
}, 90_000);
