import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { FileRecord } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { eventually, headersOf, knowsCallers, publishKey, testBus } from '@wharf/test-kit';
import { type Sending, type Sent, ways } from './ways/ways.ts';
import { openWharf, type Wharf } from './wharf.ts';

const page = readFileSync(new URL('../docs/usage.md', import.meta.url), 'utf8');
const maxFileSize = 20_000;
const text = (length: number) => Buffer.from('lorem ipsum '.repeat(Math.ceil(length / 12))).subarray(0, length);
const png = Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), Buffer.alloc(100)]);

let wharf: Wharf;
let bus: Bus;

beforeAll(async () => {
  wharf = await openWharf(knowsCallers);
  bus = testBus(wharf.natsUrl);
  await bus.connected();
  publishKey(bus);
  // It makes the bucket.
  for (const name of ['metadata', 'cloud-sync'] as const) await wharf.start(name);
  await wharf.start('gateway', {
    MAX_FILE_SIZE: String(maxFileSize),
    ALLOWED_CONTENT_TYPES: 'text/plain',
    QUOTA_BYTES: '25000',
  });
  await eventually(async () => {
    const answer = await fetch(`${wharf.urls[0]}/api/v1/files`, { headers: headersOf('somebody') });
    expect(answer.status).toBe(200);
  });
});

afterAll(async () => {
  await bus?.drain();
  await wharf?.close();
});

type Send = (sending: Partial<Sending>) => Promise<Sent>;

/** What becomes of an upload at each limit: the code of a refusal, or what else there is to say. */
const limits: Record<string, (send: Send, owner: string) => Promise<string>> = {
  'within all limits': async (send) => outcome(await send({})),
  'larger than `MAX_FILE_SIZE`': async (send) => outcome(await send({ bytes: text(maxFileSize + 1) })),
  'beyond the quota': async (send) => {
    expect(await send({ bytes: text(18_000) })).toHaveProperty('uid');
    return outcome(await send({ bytes: text(18_000) }));
  },
  'a type that is not allowed': async (send) => outcome(await send({ bytes: png })),
  '`expires_in`': async (send, owner) => {
    const sent = await send({ options: { expires_in: '86400' } });
    if ('code' in sent) return outcome(sent);
    const { expires_at: expiresAt } = await recordOf(sent.uid, owner);
    const leftMs = Date.parse(expiresAt ?? '') - Date.now();
    return leftMs > 23 * 3_600_000 && leftMs <= 24 * 3_600_000 ? 'held' : `expires at ${expiresAt}`;
  },
  '`max_downloads`': async (send, owner) => {
    const sent = await send({ options: { max_downloads: '1' } });
    if ('code' in sent) return outcome(sent);
    const first = await download(sent.uid, owner);
    const second = await download(sent.uid, owner);
    return first === 200 && second === 410 ? 'held' : `${first}, then ${second}`;
  },
  'again under one `Idempotency-Key`': async (send) => {
    const headers = { 'Idempotency-Key': randomUUID() };
    const [first, again] = [await send({ headers }), await send({ headers })];
    if ('code' in first || 'code' in again) return outcome('code' in first ? first : again);
    return first.uid === again.uid ? 'one file' : 'another file';
  },
};

function outcome(sent: Sent): string {
  return 'code' in sent ? `\`${sent.code}\`` : 'a file';
}

async function recordOf(uid: string, owner: string): Promise<FileRecord> {
  return eventually(async () => {
    const answer = await fetch(`${wharf.urls[0]}/api/v1/files/${uid}/metadata`, { headers: headersOf(owner) });
    expect(answer.status).toBe(200);
    return (await answer.json()) as FileRecord;
  });
}

async function download(uid: string, owner: string): Promise<number> {
  await recordOf(uid, owner);
  const answer = await fetch(`${wharf.urls[0]}/api/v1/files/${uid}`, { headers: headersOf(owner) });
  await answer.arrayBuffer();
  return answer.status;
}

test('docs/usage.md tells of every way to upload what it is answered at every limit', async () => {
  const rows = [
    ['', ...Object.keys(limits)],
    ['---', ...Object.keys(limits).map(() => '---')],
    ...(await Promise.all(
      Object.entries(ways).map(async ([name, way]) => [`\`${name}\``, ...(await outcomesOf(way))]),
    )),
  ];
  const table = rows
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
    .replace('|  |', '| |');
  const [, written = ''] =
    /<!-- ways and limits: begin -->\n([\s\S]*?)\n<!-- ways and limits: end -->/.exec(page) ?? [];
  expect(written.trim().split('\n')).toEqual(table.split('\n'));
}, 120_000);

async function outcomesOf(way: (typeof ways)[string]): Promise<string[]> {
  const outcomes: string[] = [];
  for (const judge of Object.values(limits)) {
    const owner = `owner-${randomUUID()}`;
    const usual = { url: wharf.urls[0] as string, owner, bytes: text(5000), options: {}, headers: {} };
    outcomes.push(await judge((sending) => way({ ...usual, ...sending }), owner));
  }
  return outcomes;
}
