import type { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { UnreadBody } from './unread-body.js';

const mebibyte = 1024 * 1024;

/** After how many seconds a limit is exceeded, where so many bytes arrive in each of them. */
function secondsUntilOverdue(bytesIn: (second: number) => number): number {
  const socket = { bytesRead: 5 * mebibyte };
  const unread = new UnreadBody(socket as Socket);
  for (let second = 1; second <= 100; second++) {
    socket.bytesRead += bytesIn(second);
    if (unread.isOverdue(1000)) return second;
  }
  return Number.POSITIVE_INFINITY;
}

test.each<[string, number, (second: number) => number]>([
  ['nothing', 5, () => 0],
  ['nothing behind three seconds of bytes', 8, (second) => (second <= 3 ? mebibyte : 0)],
  ['a byte every four seconds', 30, (second) => (second % 4 === 0 ? 1 : 0)],
  ['a megabyte a second', 30, () => mebibyte],
  ['a hundred megabytes a second', 11, () => 100 * mebibyte],
])('%s is dropped for %d seconds', (_what, seconds, bytesIn) => {
  expect(secondsUntilOverdue(bytesIn)).toBe(seconds);
});
