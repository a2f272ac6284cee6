import { expect, test } from '@jest/globals';
import { InFlight } from './in-flight.js';

test('who waits for the end is told when the last one has ended, and at once where none has begun', async () => {
  const inFlight = new InFlight();
  await inFlight.none();
  inFlight.begin();
  inFlight.begin();
  let told = 0;
  const waiters = [inFlight.none(), inFlight.none()].map((none) => none.then(() => told++));
  inFlight.end();
  await Promise.resolve();
  expect({ told, count: inFlight.count }).toEqual({ told: 0, count: 1 });
  inFlight.end();
  await Promise.all(waiters);
  expect({ told, count: inFlight.count }).toEqual({ told: 2, count: 0 });
  inFlight.begin();
  inFlight.end();
  await inFlight.none();
});
