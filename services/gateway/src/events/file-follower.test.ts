import { beforeEach, expect, test } from '@jest/globals';
import type { CloudEvent, ShownEvent } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { FileFollower } from './file-follower.js';

/** What metadata knows at the moment; or what it answers with instead. */
let timeline: ShownEvent[] | AppError;
let sent: string[];
let ends: number;
let follower: FileFollower;

beforeEach(() => {
  timeline = [];
  sent = [];
  ends = 0;
  follower = new FileFollower({
    read: async () => {
      if (timeline instanceof AppError) throw timeline;
      return timeline;
    },
    send: ({ id }) => sent.push(id),
    end: () => ends++,
  });
});

const event = (id: string, type = 'file.synced', data: object = {}) => ({ id, type, data }) as ShownEvent & CloudEvent;
const untilRead = () => new Promise((resolve) => setTimeout(resolve, 5));

test('what is published while the timeline is read comes behind it, and once', () => {
  follower.onEvent(event('2'));
  follower.onEvent(event('3'));
  expect(sent).toEqual([]);
  follower.begin([event('1'), event('2')], '');
  expect(sent).toEqual(['1', '2', '3']);
});

test.each([
  ['2', ['3']],
  ['3', []],
  ['unknown', ['1', '2', '3']],
  ['', ['1', '2', '3']],
])('behind %j comes %j', (lastId, expected) => {
  follower.begin([event('1'), event('2'), event('3')], lastId);
  expect(sent).toEqual(expected);
});

test('an event that nobody heard is found when the timeline is read again', async () => {
  follower.begin([event('1')], '');
  timeline = [event('1'), event('2')];
  follower.onGap();
  follower.onEvent(event('3'));
  await untilRead();
  expect(sent).toEqual(['1', '2', '3']);
});

test('a gap before the beginning is made good after it', async () => {
  follower.onGap();
  timeline = [event('1'), event('2')];
  follower.begin([event('1')], '');
  await untilRead();
  expect(sent).toEqual(['1', '2']);
});

test('who has lost the right to the file hears of it no more', async () => {
  follower.begin([event('1')], '');
  timeline = new AppError('file_not_found', 'no');
  follower.onEvent(event('2', 'file.updated', { changes: { owner_id: 'bob' } }));
  await untilRead();
  expect({ sent, ends }).toEqual({ sent: ['1'], ends: 1 });
});

test('while metadata is away the stream goes on', async () => {
  follower.begin([event('1')], '');
  timeline = new AppError('unavailable', 'no');
  follower.onGap();
  await untilRead();
  follower.onEvent(event('2'));
  expect({ sent, ends }).toEqual({ sent: ['1', '2'], ends: 0 });
});

test('nothing comes behind the deletion', () => {
  follower.begin([event('1'), event('2', 'file.deleted'), event('3')], '');
  expect({ sent, ends }).toEqual({ sent: ['1', '2'], ends: 1 });
});
