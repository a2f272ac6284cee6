import { expect, test } from '@jest/globals';
import { Selection } from './selection.ts';

const uidAt = (index: number) => (index < 10 ? `uid ${index}` : undefined);

test.each([
  ['down', 2, 4, ['uid 2', 'uid 3', 'uid 4']],
  ['up', 4, 2, ['uid 4', 'uid 3', 'uid 2']],
  ['beyond what is known', 8, 12, ['uid 8', 'uid 9']],
])('a range %s from the row that was marked last', (_, from, to, marked) => {
  const selection = new Selection();
  selection.toggle(`uid ${from}`, from);
  selection.extend(to, uidAt);
  expect([...selection.uids.value]).toEqual(marked);
  expect(selection.active.value).toBe(to);
});

test('what is marked twice is not marked', () => {
  const selection = new Selection();
  selection.toggle('uid 1', 1);
  selection.toggle('uid 2', 2);
  selection.toggle('uid 1', 1);
  expect([...selection.uids.value]).toEqual(['uid 2']);
  selection.clear();
  expect(selection.uids.value.size).toBe(0);
});
