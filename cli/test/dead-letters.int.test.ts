import { afterEach, expect, jest, test } from '@jest/globals';
import { FileDeleted, FileSyncFailed } from '@wharf/contracts';
import { createEvent, emit, findDeadLetter, listDeadLetters, replayDeadLetter } from '@wharf/messaging';
import { AppError, type Running } from '@wharf/service-kit';
import { eventually, newUid } from '@wharf/test-kit';
import { useOwnNats } from '../../libs/messaging/test/own-nats.ts';
import { startFailingService } from './failing-service.js';
import { wharf } from './wharf.js';

jest.setTimeout(60_000);

const uid = newUid();
const own = useOwnNats();
const services: Running[] = [];

afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

const deadLetters = (...words: string[]) => wharf({ NATS_URL: own.nats.url }, 'dead-letters', ...words);

async function start(name: string, judge: (id: string) => AppError | undefined) {
  const service = await startFailingService({ name, natsUrl: own.nats.url, judge });
  services.push(service);
  return service;
}

/** A service that fails at everything until it is repaired. */
async function startBroken(name = 'alpha') {
  let isBroken = true;
  const service = await start(name, () => (isBroken ? new AppError('internal', 'the disk is sad') : undefined));
  return {
    service,
    repair: () => {
      isBroken = false;
    },
  };
}

function announce(id: string) {
  return emit(own.bus, FileSyncFailed, { service: 'test', subject: uid, id, data: { uid, reason: id, attempts: 1 } });
}

function announceDeletion(id: string) {
  const data = { uid, reason: 'user' as const, deleted_at: '2026-01-31T12:00:00.000Z' };
  return emit(own.bus, FileDeleted, { service: 'test', subject: uid, id, data });
}

async function listed(...words: string[]) {
  const { exitCode, stderr, stdout } = await deadLetters('list', '--json', ...words);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** What the program lists once there are so many; until then it is not run. */
async function untilListed(count: number) {
  await eventually(async () => {
    const letters = [];
    for await (const letter of listDeadLetters(own.bus)) letters.push(letter);
    expect(letters).toHaveLength(count);
  });
  const letters = await listed();
  expect(letters).toHaveLength(count);
  return letters;
}

test('what a service gave up is listed and shown with everything about it', async () => {
  await startBroken();
  await announce('one');
  const [letter] = await untilListed(1);
  expect(letter).toEqual({
    id: 1,
    service: 'alpha',
    subject: 'file.sync_failed',
    about: uid,
    code: 'internal',
    reason: 'the disk is sad',
    deliveries: 1,
    given_up_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    origin: { stream: 'FILES', sequence: 1 },
  });
  const table = await deadLetters('list');
  expect(table.stdout).toMatch(/^ID +SERVICE +SUBJECT +ABOUT +CODE +DELIVERIES +AGE +REASON\n/);
  expect(table.stdout).toContain(`1   alpha    file.sync_failed  ${uid}  internal  1`);

  const shown = await deadLetters('show', '1');
  expect(shown.exitCode).toBe(0);
  expect(shown.stdout).toContain('reason: the disk is sad\n');
  expect(shown.stdout).toContain('origin: FILES 1\n');
  expect(shown.stdout).toContain('header ce-id: one\n');
  expect(shown.stdout).toContain(`    "reason": "one",\n`);
});

test('filters choose by service, subject and code', async () => {
  await startBroken('alpha');
  await start('beta', (id) => (id === 'two' ? new AppError('invalid_request', 'no') : undefined));
  await announce('one');
  await announce('two');
  await announceDeletion('three');
  await untilListed(4);
  expect(await listed('--service', 'beta')).toHaveLength(1);
  expect(await listed('--subject', 'file.deleted')).toMatchObject([{ service: 'alpha', subject: 'file.deleted' }]);
  expect(await listed('--code', 'invalid_request')).toMatchObject([{ service: 'beta' }]);
  expect(await listed('--service', 'beta', '--code', 'internal')).toEqual([]);
});

test('a replay gives them back in order to the service that gave them up, and to no other', async () => {
  const { repair, service } = await startBroken('alpha');
  const beta = await start('beta', () => undefined);
  const ids = Array.from({ length: 8 }, (_, index) => `event ${index}`);
  for (const id of ids) await (id.endsWith('3') ? announceDeletion(id) : announce(id));
  await untilListed(8);
  await eventually(() => expect(beta.handled).toHaveLength(8));
  const ordered = (await listed()).map((letter) => letter.id);
  expect(ordered).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  const shown = await Promise.all(ordered.map((id) => deadLetters('show', String(id))));
  const order = shown.map(({ stdout }) => stdout.match(/ce-id: (.*)/)?.[1]);

  repair();
  const replayed = await deadLetters('replay', '--all');
  expect(replayed).toMatchObject({ exitCode: 0, stderr: '' });
  expect(replayed.stdout).toMatch(/8 given back\n$/);
  await eventually(() => expect(service.handled).toEqual(order));
  expect(await listed()).toEqual([]);
  expect(beta.handled).toHaveLength(8);
  const manager = await own.bus.jetstreamManager();
  expect((await manager.streams.info('FILES')).state.messages).toBe(8);
  await eventually(async () => expect((await manager.streams.info('REDELIVERIES')).state.messages).toBe(0));
});

test('what fails again is a dead letter again, names its first place, and holds up nobody', async () => {
  let isBroken = true;
  const service = await start('alpha', (id) =>
    isBroken || id === 'hopeless' ? new AppError('internal', 'still sad') : undefined,
  );
  await announce('hopeless');
  await announce('healthy');
  await untilListed(2);
  isBroken = false;
  expect((await deadLetters('replay', '--service', 'alpha')).exitCode).toBe(0);
  await eventually(() => expect(service.handled).toEqual(['healthy']));
  expect(await untilListed(1)).toMatchObject([
    { id: 3, service: 'alpha', subject: 'file.sync_failed', origin: { stream: 'FILES', sequence: 1 } },
  ]);
  expect((await deadLetters('replay', '3')).exitCode).toBe(0);
  expect(await eventually(async () => (await listed())[0].id)).toBe(4);
});

test('one that was given back, and not removed since the program died, is handled once', async () => {
  const { repair, service } = await startBroken();
  await announce('one');
  await untilListed(1);
  repair();
  const manager = await own.bus.jetstreamManager();
  const found = await findDeadLetter(own.bus, 1);
  if (!found) throw new Error('no dead letter');
  await replayDeadLetter(own.bus, found);
  await eventually(() => expect(service.handled).toEqual(['one']));
  await replayDeadLetter(own.bus, found);
  expect((await manager.streams.info('REDELIVERIES')).state.last_seq).toBe(1);
});

test('poison without any header is listed, shown, and dropped only when that is confirmed', async () => {
  await startBroken();
  await own.bus.jetstream().publish(FileSyncFailed.type, 'not \u001b[31mJSON');
  await own.bus.jetstream().publish(FileSyncFailed.type, new Uint8Array([0xff, 0x00]));
  expect(await untilListed(2)).toMatchObject([{ about: null, code: 'invalid_request' }, { about: null }]);
  expect((await deadLetters('show', '1')).stdout).toContain('payload:\nnot \ufffd[31mJSON\n');
  expect((await deadLetters('show', '2')).stdout).toContain('payload:\nff00\n');
  const refused = await deadLetters('drop', '1', '2');
  expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
  expect(refused.stderr).toBe('wharf: 2 would be removed for good; say --yes to do it\n');
  expect(await listed()).toHaveLength(2);
  expect((await deadLetters('drop', '1', '--yes')).exitCode).toBe(0);
  expect(await listed()).toMatchObject([{ id: 2 }]);
  expect((await deadLetters('drop', '--code', 'invalid_request', '--yes')).stdout).toBe('1 removed\n');
  expect((await deadLetters('list')).stdout).toBe('There are no dead letters.\n');
});

test('a message that is too large for its letter is shown and given back from its stream, while that keeps it', async () => {
  const { repair, service } = await startBroken();
  const announceLarge = async (id: string) => {
    const data = { uid, reason: '', attempts: 1 };
    const event = createEvent(FileSyncFailed, { service: 'test', subject: uid, id, data });
    const missing = own.bus.maxPayloadBytes - JSON.stringify(event).length;
    const body = JSON.stringify({ ...event, data: { ...data, reason: 'x'.repeat(missing) } });
    return own.bus.jetstream().publish(FileSyncFailed.type, body);
  };
  const { seq } = await announceLarge('large');
  await announceLarge('dropped');
  expect(await untilListed(2)).toMatchObject([{ origin: { stream: 'FILES', sequence: seq } }, {}]);
  const shown = await deadLetters('show', '1');
  const left = `the message of ${own.bus.maxPayloadBytes} bytes was left in FILES`;
  expect(shown.stdout).toContain(`too large for its letter: ${left} ${seq}\n`);
  expect(shown.stdout).toContain(`"id": "large",\n`);

  const manager = await own.bus.jetstreamManager();
  await manager.streams.deleteMessage('FILES', seq + 1);
  expect((await deadLetters('show', '2')).stdout).toContain('payload: it is not there any more\n');
  repair();
  expect(await deadLetters('replay', '2')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: `wharf: ${left} ${seq + 1}, and is not there any more\n`,
  });
  expect((await deadLetters('replay', '1')).exitCode).toBe(0);
  await eventually(() => expect(service.handled).toEqual(['large']));
  expect(await listed()).toMatchObject([{ id: 2 }]);
});

test('an unknown id ends the command before it did anything', async () => {
  await startBroken();
  await announce('one');
  await untilListed(1);
  expect(await deadLetters('replay', '1', '99')).toEqual({
    exitCode: 1,
    stdout: '',
    stderr: 'wharf: there is no dead letter 99\n',
  });
  expect(await deadLetters('show', '99')).toMatchObject({ exitCode: 1 });
  expect(await listed()).toHaveLength(1);
});

test('nothing is given back to a service that takes nothing back', async () => {
  await own.bus.jetstream().publish('dead.other.file.stored', 'x');
  const refused = await deadLetters('replay', '--all');
  expect(refused).toMatchObject({ exitCode: 69, stdout: '' });
  expect(refused.stderr).toMatch(/^wharf: other takes no messages back/);
  expect(await listed()).toHaveLength(1);
});

test.each([
  ['nothing chosen', ['replay']],
  ['ids and a filter', ['replay', '1', '--service', 'alpha']],
  ['an id that is none', ['drop', 'first']],
  ['an unknown option', ['list', '--colour']],
])('%s: exit code 2, and a reason', async (_what, words) => {
  const { exitCode, stderr } = await deadLetters(...words);
  expect(exitCode).toBe(2);
  expect(stderr).not.toBe('');
});

test('without NATS it says so', async () => {
  expect(await wharf({ NATS_URL: 'nats://127.0.0.1:9' }, 'dead-letters', 'list')).toEqual({
    exitCode: 69,
    stdout: '',
    stderr: 'wharf: NATS does not let us in: are NATS_URL, NATS_USER and NATS_PASSWORD right?\n',
  });
});
