import { expect, test } from '@jest/globals';
import { ReadBuffers } from './read-buffers.js';

test('large buffers are lent again and again, and what is taken beyond them is small', () => {
  const buffers = new ReadBuffers();
  const taken = Array.from({ length: 100 }, () => buffers.take());
  const large = taken.filter(({ length }) => length === 512 * 1024);
  expect(large).toHaveLength(24);
  expect(new Set(taken.map(({ length }) => length))).toEqual(new Set([512 * 1024, 64 * 1024]));
  for (const buffer of taken) buffers.giveBack(buffer);
  const again = Array.from({ length: 100 }, () => buffers.take());
  expect(again.filter((buffer) => large.includes(buffer))).toHaveLength(24);
});

test('a buffer that is forgotten makes room for a fresh one', () => {
  const buffers = new ReadBuffers();
  const taken = Array.from({ length: 24 }, () => buffers.take());
  buffers.forget(taken[0] as Buffer);
  const fresh = buffers.take();
  expect(fresh).toHaveLength(512 * 1024);
  expect(taken).not.toContain(fresh);
  expect(buffers.take()).toHaveLength(64 * 1024);
});
