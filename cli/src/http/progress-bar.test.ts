import { expect, jest, test } from '@jest/globals';
import { ProgressBar } from './progress-bar.js';

test.each([true, false])('a terminal (%s) is told now and then how far all transfers are', (isTTY) => {
  jest.useFakeTimers();
  const written: string[] = [];
  const bar = new ProgressBar({ isTTY, columns: 200, write: (text: unknown) => Boolean(written.push(String(text))) });
  const [film, photo] = [bar.begin('film.mp4'), bar.begin('photo\u001b.jpg')];
  film.update(0, 10_000_000);
  photo.update(100, 2_000_000);
  jest.advanceTimersByTime(1000);
  film.update(6_000_000, 10_000_000);
  film.update(6_000_001, 10_000_000);
  film.end();
  jest.useRealTimers();
  const lines = [
    '\r\u001b[K[........................]   0 % of 10 MB 0 B/s film.mp4, photo\ufffd.jpg',
    '\r\u001b[K[############............]  50 % of 12 MB 6.0 MB/s film.mp4, photo\ufffd.jpg',
    '\r\u001b[K',
  ];
  // What has not begun has no size yet.
  expect(written).toEqual(isTTY ? ['\r\u001b[K0 B 0 B/s film.mp4, photo\ufffd.jpg', ...lines.slice(1)] : []);
});
