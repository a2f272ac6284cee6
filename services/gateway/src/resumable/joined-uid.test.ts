import { randomUUIDv7 } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Uid } from '@wharf/contracts';
import { joinedUid } from './joined-uid.js';

const ann = { id: 'ann' };
const older = '0193a000-0000-7000-8000-000000000001';
const newer = '0193b111-2222-7000-8000-000000000002';

test('it is a uid, with the time of the newest part', () => {
  for (const parts of [
    [older, newer],
    [newer, older],
  ]) {
    const uid = joinedUid(ann, parts);
    expect(Uid.parse(uid)).toBe(uid);
    expect(uid.slice(0, 15)).toBe('0193b111-2222-7');
  }
  const random = Array.from({ length: 200 }, () => randomUUIDv7());
  for (const part of random) expect(Uid.safeParse(joinedUid(ann, [part])).success).toBe(true);
});

test('the same owner and parts are the same uid, and nothing else is', () => {
  const uids = [
    joinedUid(ann, [older, newer]),
    joinedUid(ann, [newer, older]),
    joinedUid(ann, [newer]),
    joinedUid(ann, [newer, newer]),
    joinedUid({ id: 'bob' }, [older, newer]),
    joinedUid({ id: null }, [older, newer]),
  ];
  expect(new Set(uids).size).toBe(uids.length);
  expect(joinedUid(ann, [older, newer])).toBe(uids[0]);
});
