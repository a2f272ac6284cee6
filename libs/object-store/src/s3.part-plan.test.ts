import { describe, expect, test } from '@jest/globals';
import { planParts } from './s3.part-plan.js';

const mebibyte = 1024 * 1024;

describe('parts of an upload', () => {
  test.each([
    [1, 5 * mebibyte, 1],
    [5 * mebibyte - 1, 5 * mebibyte, 1],
    [5 * mebibyte, 5 * mebibyte, 1],
    [5 * mebibyte + 1, 5 * mebibyte, 2],
    [500 * mebibyte, 64 * mebibyte, 8],
  ])('%d bytes in parts of %d are %d', (sizeBytes, partSizeBytes, count) => {
    const parts = planParts(sizeBytes, partSizeBytes);
    expect(parts).toHaveLength(count);
    expectWhole(parts, sizeBytes);
  });

  test.each([50_000 * mebibyte, 50_000 * mebibyte + 1, 123_456_789_012, 5 * 1024 ** 4])(
    '%d bytes need no more than 10,000 parts',
    (sizeBytes) => {
      const parts = planParts(sizeBytes, 5 * mebibyte);
      expect(parts.length).toBeLessThanOrEqual(10_000);
      expect((parts[0]?.sizeBytes ?? 0) % mebibyte).toBe(0);
      expectWhole(parts, sizeBytes);
    },
  );
});

function expectWhole(parts: ReturnType<typeof planParts>, sizeBytes: number): void {
  let position = 0;
  for (const [index, part] of parts.entries()) {
    if (part.number !== index + 1 || part.start !== position) throw new Error(`part ${part.number} is out of place`);
    if (index < parts.length - 1 && part.sizeBytes !== parts[0]?.sizeBytes) throw new Error('parts differ in size');
    position += part.sizeBytes;
  }
  expect(position).toBe(sizeBytes);
}
