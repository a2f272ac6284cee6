import { expect, test } from '@jest/globals';
import type { StreamConfig } from 'nats';
import { widen } from './ensure-streams.js';

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
