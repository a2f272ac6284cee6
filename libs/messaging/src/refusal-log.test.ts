import { expect, jest, test } from '@jest/globals';
import type { Logger } from '@wharf/service-kit';
import { RefusalLog } from './refusal-log.js';

test('each kind of subject is told once in ten seconds', () => {
  jest.useFakeTimers();
  const told: unknown[] = [];
  const log = new RefusalLog({ error: ({ subject }: { subject: string }) => told.push(subject) } as unknown as Logger);
  const add = (subject: string, operation = 'publish') => log.add({ operation, subject });
  add('$JS.ACK.FILES.metadata-file_stored.1.1.1.1.1');
  add('$JS.ACK.FILES.metadata-file_stored.1.2.2.2.2');
  add('file.stored');
  add('file.stored', 'subscription');
  expect(told).toEqual(['$JS.ACK.FILES.metadata-file_stored.1.1.1.1.1', 'file.stored', 'file.stored']);
  jest.advanceTimersByTime(10_001);
  add('file.stored');
  expect(told).toHaveLength(4);
  jest.useRealTimers();
});
