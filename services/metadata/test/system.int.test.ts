import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  AuditCompleted,
  type Caller,
  type CloudEvent,
  DropDeadLetter,
  type EventData,
  ListDeadLetters,
  openCaller,
  ReadSystem,
  ReplayDeadLetter,
  type RpcDefinition,
  type RpcReply,
  SweepCompleted,
} from '@wharf/contracts';
import { callRpc, createEvent, emit, publishEvent } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { storedData } from './events.js';
import { World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
  await Promise.all([world.start(), world.start()]);
});

afterAll(() => world.close());

const readSystem = () => callRpc(world.bus, ReadSystem, { caller: openCaller });

const sweep = (kind: EventData<typeof SweepCompleted>['sweep'], minute: number) => ({
  sweep: kind,
  started_at: `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`,
  finished_at: `2026-03-01T10:${String(minute).padStart(2, '0')}:30.000Z`,
  examined: minute,
  acted: 0,
  freed_bytes: 0,
  errors: [],
});

describe('the system', () => {
  test('has the files by their status, counted now and then', async () => {
    await world.storeFile();
    await world.storeAndSyncFile();
    // The first count is the one of this question.
    const { files } = await readSystem();
    expect(files.by_status).toEqual({ stored: { count: 1, bytes: 3 }, synced: { count: 1, bytes: 3 } });
    expect(Date.parse(files.counted_at ?? '')).toBeLessThanOrEqual(Date.now());
  });

  test('has every durable consumer, and how far it is', async () => {
    const { consumers } = await readSystem();
    expect(consumers).toContainEqual({
      stream: 'FILES',
      name: 'metadata-file_stored',
      pending: 0,
      ack_pending: 0,
      redelivered: 0,
    });
    expect(consumers.map(({ stream }) => stream)).toEqual(expect.arrayContaining(['FILES', 'JANITOR', 'REDELIVERIES']));
  });

  test('has the latest 30 runs of each sweep, each once, newest first', async () => {
    for (let minute = 0; minute < 33; minute++) {
      const id = `expire.${minute}`;
      const data = sweep('expire', minute);
      await emit(world.bus, SweepCompleted, { service: 'janitor', subject: 'expire', id, data });
    }
    const purge = { service: 'janitor', subject: 'purge', id: randomUUID(), data: sweep('purge', 1) };
    // Delivered twice.
    for (const messageId of ['once', 'twice']) {
      await publishEvent(world.bus, createEvent(SweepCompleted, purge), { messageId });
    }
    await eventually(async () => {
      const { sweeps } = await readSystem();
      expect(sweeps.filter((run) => run.sweep === 'expire').map(({ examined }) => examined)).toEqual(
        Array.from({ length: 30 }, (_, index) => 32 - index),
      );
      expect(sweeps.filter((run) => run.sweep === 'purge')).toEqual([purge.data]);
    });
  });

  test('has the latest audits', async () => {
    const { sweep: _, acted: _acted, freed_bytes: _bytes, errors: _errors, ...times } = sweep('purge', 5);
    const data = { ...times, findings: { stuck: 2 }, repaired: 1 };
    await emit(world.bus, AuditCompleted, { service: 'janitor', subject: 'audit', id: randomUUID(), data });
    await eventually(async () => expect((await readSystem()).audits).toEqual([data]));
  });
});

describe('dead letters', () => {
  const list = (after = 0, limit = 10): Promise<RpcReply<typeof ListDeadLetters>> =>
    callRpc(world.bus, ListDeadLetters, { caller: openCaller, after, limit });

  /** An event that no schema takes becomes one. */
  async function giveUp(uid: string): Promise<number> {
    const event = { specversion: '1.0', id: randomUUID(), type: 'file.stored', subject: uid } as CloudEvent;
    await publishEvent(world.bus, event);
    return eventually(async () => {
      const letter = (await list(0, 200)).dead_letters.find((each) => each.uid === uid);
      if (!letter) throw new Error('it is not given up yet');
      return letter.seq;
    });
  }

  test('are listed oldest first, page by page, over gaps', async () => {
    const uids = [storedData().uid, storedData().uid, storedData().uid];
    const seqs: number[] = [];
    for (const uid of uids) seqs.push(await giveUp(uid));
    const first = await list(0, 2);
    expect(first.dead_letters.map(({ uid }) => uid)).toEqual(uids.slice(0, 2));
    expect(first.dead_letters[0]).toMatchObject({
      service: 'metadata',
      subject: 'file.stored',
      code: 'invalid_request',
      attempts: 1,
      at: expect.stringMatching(/Z$/),
    });
    expect((await list(first.next ?? 0, 2)).dead_letters.map(({ uid }) => uid)).toEqual(uids.slice(2));
    expect((await list(first.next ?? 0, 2)).next).toBeNull();
    expect((await readSystem()).dead_letters).toBe(3);
    for (const seq of [seqs[1], seqs[1]]) {
      await callRpc(world.bus, DropDeadLetter, { caller: openCaller, seq: seq as number });
    }
    expect((await list()).dead_letters.map(({ seq }) => seq)).toEqual([seqs[0], seqs[2]]);
  });

  test('one that is given back is tried again by its service, and by no other', async () => {
    const { uid } = storedData();
    const seq = await giveUp(uid);
    await callRpc(world.bus, ReplayDeadLetter, { caller: openCaller, seq });
    // It is no better than before.
    await eventually(async () => {
      const again = (await list(seq)).dead_letters.filter((letter) => letter.uid === uid);
      expect(again).toHaveLength(1);
      expect(again[0]?.seq).not.toBe(seq);
    });
    expect((await list(seq - 1, 1)).dead_letters[0]?.seq).not.toBe(seq);
    await expect(callRpc(world.bus, ReplayDeadLetter, { caller: openCaller, seq })).rejects.toMatchObject({
      code: 'dead_letter_not_found',
    });
  });
});

test.each<[RpcDefinition<{ caller: Caller }>, object]>([
  [ReadSystem as never, {}],
  [ListDeadLetters as never, { after: 0, limit: 1 }],
  [ReplayDeadLetter as never, { seq: 1 }],
  [DropDeadLetter as never, { seq: 1 }],
])('$subject is refused to who is no admin', async (rpc, request) => {
  const caller: Caller = { kind: 'user', id: 'ann', scopes: ['files:read', 'files:write', 'files:all'] };
  await expect(callRpc(world.bus, rpc, { ...request, caller })).rejects.toMatchObject({ code: 'forbidden' });
});
