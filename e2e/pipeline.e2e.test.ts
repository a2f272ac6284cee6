import { randomBytes } from 'node:crypto';
import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@wharf/test-kit';
import { type Client, clientOf, generatedBody, problemOf, sha256, sha256Of, uploaded } from './client.ts';
import { countMessages, listenToEvents } from './events.ts';
import { openWharf, startAll, type Wharf } from './wharf.ts';
import { localCopyOf } from './wharf-files.ts';

const mebibyte = 1024 * 1024;

let wharf: Wharf;
let client: Client;
let events: Awaited<ReturnType<typeof listenToEvents>>;

beforeAll(async () => {
  wharf = await openWharf({ PURGE_AFTER: '0s', PURGE_SCHEDULE: '*/2 * * * * *' });
  events = await listenToEvents(wharf.natsUrl, 'file.>', 'janitor.>');
  await startAll(wharf);
  client = clientOf(wharf.urls[0] as string);
  await eventually(async () => {
    const ready = await fetch(`${client.url}/health/ready`);
    expect(await ready.json()).toMatchObject({ status: 'ok' });
  });
});

afterAll(async () => {
  await events?.close();
  await wharf?.close();
});

// All at the same time: the largest takes longer than the others together.
describe('a file sails to the cloud and stays at one address', () => {
  test.concurrent.each([
    ['0 B', 0],
    ['1 B', 1],
    ['10 KB', 10_000],
    ['5 MB', 5_000_000],
    ['499 MB', 499 * mebibyte],
  ])(
    '%s',
    async (_label, sizeBytes) => {
      const body = generatedBody(sizeBytes);
      const record = await uploaded(client.uploadStream(body.stream, '?filename=voyage.dat'));
      expect(record).toMatchObject({
        original_name: 'voyage.dat',
        extension: 'dat',
        size_bytes: sizeBytes,
        sha256: body.digest(),
      });

      // 201 means readable at once.
      const atOnce = await client.get(record.uid);
      expect(atOnce.status).toBe(200);
      expect(atOnce.headers.get('Content-Length')).toBe(String(sizeBytes));
      expect(atOnce.headers.get('ETag')).toBe(`"${body.digest()}"`);
      expect(await sha256Of(atOnce)).toBe(body.digest());
      expect((await client.record(record.uid)).uid).toBe(record.uid);

      const archived = await client.expectStatus(record.uid, 'archived', 60_000);
      expect(archived).toMatchObject({ local: false, cloud_path: expect.stringMatching(new RegExp(`${record.uid}$`)) });
      const local = localCopyOf(wharf.volumeDir, record.uid);
      await expect(access(local)).rejects.toThrow();

      const fromCloud = await client.get(record.uid);
      expect(fromCloud.headers.get('X-Wharf-Source')).toBe('cloud');
      expect(fromCloud.headers.get('Content-Length')).toBe(String(sizeBytes));
      expect(await sha256Of(fromCloud)).toBe(body.digest());

      for (const type of ['file.stored', 'file.synced', 'file.purged']) {
        await eventually(() => expect(events.of(type, record.uid)).toHaveLength(1));
      }
    },
    180_000,
  );

  test.concurrent('ranges are the same from both copies', async () => {
    const bytes = randomBytes(300_000);
    const { uid } = await uploaded(client.uploadForm(bytes));
    const ask = async () => {
      const answers = await Promise.all(
        ['bytes=0-0', 'bytes=1000-1999', 'bytes=299000-', 'bytes=-10'].map((Range) => client.get(uid, { Range })),
      );
      return Promise.all(
        answers.map(async (answer) => ({
          status: answer.status,
          range: answer.headers.get('Content-Range'),
          digest: await sha256Of(answer),
        })),
      );
    };
    const whileLocal = await ask();
    expect(whileLocal[1]).toEqual({
      status: 206,
      range: 'bytes 1000-1999/300000',
      digest: sha256(bytes.subarray(1000, 2000)),
    });
    await client.expectStatus(uid, 'archived', 60_000);
    expect(await ask()).toEqual(whileLocal);
    const beyond = await client.get(uid, { Range: 'bytes=300000-' });
    expect(beyond.headers.get('Content-Range')).toBe('bytes */300000');
    expect((await problemOf(beyond)).code).toBe('range_not_satisfiable');
  }, 90_000);

  test.concurrent('a deleted file answers 410, its record stays, and its bytes go everywhere', async () => {
    const { uid } = await uploaded(client.uploadForm(randomBytes(1000)));
    await client.expectStatus(uid, 'archived', 60_000);
    expect((await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${client.api}/files/${uid}`, { method: 'DELETE' })).status).toBe(204);
    expect((await problemOf(await client.get(uid))).code).toBe('file_deleted');
    expect(await client.record(uid)).toMatchObject({
      status: 'deleted',
      deleted_reason: 'user',
      local: false,
      cloud_path: null,
    });
    await eventually(() => expect(events.of('file.deleted', uid)).toHaveLength(1));
  }, 90_000);
});

test('every event that an outside subscriber hears has the published shape', async () => {
  await eventually(() => expect(events.of('janitor.sweep.completed').length).toBeGreaterThan(1));
  expect(events.invalid).toEqual([]);
  expect(await countMessages(wharf.natsUrl, 'DEAD_LETTERS')).toBe(0);
});
