import { describe, expect, test } from '@jest/globals';
import { DiscardPolicy, type StreamConfig } from 'nats';
import { fit, widen } from './ensure-streams.js';

const existing = { name: 'FILES', subjects: ['file.>'], num_replicas: 1, max_age: 100 } as StreamConfig;

test('a stream that covers what is wanted is left alone', () => {
  expect(widen(existing, { subjects: ['file.>'], num_replicas: 1, max_age: 100 })).toBeUndefined();
});

test("an operator's larger settings stay", () => {
  const larger = { ...existing, num_replicas: 3, max_age: 0, subjects: ['file.>', 'extra.>'] };
  expect(widen(larger, { subjects: ['file.>'], num_replicas: 1, max_age: 100 })).toBeUndefined();
});

test('what is too small is widened, and nothing else changes', () => {
  const widened = widen({ ...existing, description: 'theirs' } as StreamConfig, {
    subjects: ['file.>', 'more.>'],
    num_replicas: 3,
    max_age: 0,
  });
  expect(widened).toMatchObject({ description: 'theirs', subjects: ['file.>', 'more.>'], num_replicas: 3, max_age: 0 });
});

test('a bucket gets more replicas, and keeps its entries no longer than before', () => {
  const bucket = { ...existing, name: 'KV_wharf_leases', subjects: ['$KV.wharf_leases.>'] };
  expect(widen(bucket, { num_replicas: 3 })).toEqual({ ...bucket, num_replicas: 3 });
  expect(widen({ ...bucket, num_replicas: 3 }, { num_replicas: 1 })).toBeUndefined();
});

describe('the bound of bytes', () => {
  const mebibyte = 1024 * 1024;
  const stream = (max_bytes: number, discard = DiscardPolicy.New) =>
    ({ ...existing, max_bytes, discard }) as unknown as StreamConfig;

  test.each([
    ['none is wanted', -1, -1, 5 * mebibyte, undefined],
    ['none is wanted where there is one', 7, -1, 0, undefined],
    ['it is there already', 9, 9, 0, undefined],
    ['it is new', -1, 9 * mebibyte, 0, 9 * mebibyte],
    ['it is larger than before', 9, 10, 0, 10],
    ['it is smaller than before', 90 * mebibyte, 9 * mebibyte, 2 * mebibyte, 9 * mebibyte],
    ['it is smaller than what is there', -1, mebibyte, 5 * mebibyte, 6 * mebibyte],
    ['it is smaller than what is there, up to an earlier bound', 5 * mebibyte, mebibyte, 5 * mebibyte, undefined],
  ])('%s', (_what, present, wanted, bytes, expected) => {
    const fitted = fit({ config: stream(present), state: { bytes } }, { max_bytes: wanted });
    expect(fitted?.max_bytes).toBe(expected);
  });

  test('a stream that dropped its oldest events refuses new ones from now on', () => {
    const config = stream(9, DiscardPolicy.Old);
    expect(fit({ config, state: { bytes: 9 } }, { discard: DiscardPolicy.New })).toMatchObject({
      discard: DiscardPolicy.New,
      max_bytes: 9,
    });
  });
});
