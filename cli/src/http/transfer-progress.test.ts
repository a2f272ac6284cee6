import { expect, jest, test } from '@jest/globals';
import { TransferProgress } from './transfer-progress.js';

test.each([true, false])('a terminal (%s) is told now and then how far it is', (isTTY) => {
  jest.useFakeTimers();
  const written: string[] = [];
  const progress = new TransferProgress({ isTTY, write: (text: unknown) => Boolean(written.push(String(text))) });
  progress.begin('video.mp4', 10_000_000);
  progress.add(1_000_000);
  jest.advanceTimersByTime(250);
  progress.add(4_500_000);
  progress.add(100_000);
  progress.end();
  jest.useRealTimers();
  expect(written).toEqual(isTTY ? ['\r\u001b[Kvideo.mp4 55 % of 10.0 MB', '\r\u001b[K'] : []);
});
