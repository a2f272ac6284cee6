import { expect, jest, test } from '@jest/globals';
import { GrowingBuffer } from './growing-buffer.js';

test('pieces of any size are joined', () => {
  const buffer = new GrowingBuffer();
  expect(buffer.bytes.toString()).toBe('');
  for (const text of ['a', '', 'bc', 'd'.repeat(5000), 'e']) buffer.append(Buffer.from(text));
  expect(buffer.bytes.toString()).toBe(`abc${'d'.repeat(5000)}e`);
});

test('each byte is copied three times at most', () => {
  const copy = jest.spyOn(Buffer.prototype, 'copy');
  try {
    const buffer = new GrowingBuffer();
    const piece = Buffer.from('x');
    for (let count = 0; count < 100_000; count++) buffer.append(piece);
    const copied = copy.mock.results.reduce((sum, { value }) => sum + Number(value), 0);
    expect(copied).toBeLessThanOrEqual(300_000);
  } finally {
    copy.mockRestore();
  }
});
