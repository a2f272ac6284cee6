import { expect, test } from '@jest/globals';
import { AddressLimit } from './address-limit.js';

/** How many of `tries` that an address makes are let in. */
function letIn(limit: AddressLimit, address: string, tries = 10): number {
  return Array.from({ length: tries }, () => limit.enter(address)).filter((slot) => slot !== undefined).length;
}

test('an address has as many open as it may, and others theirs', () => {
  const limit = new AddressLimit(3, 5);
  expect(letIn(limit, '203.0.113.7')).toBe(3);
  expect(letIn(limit, '203.0.113.8')).toBe(3);
  expect(letIn(limit, '127.0.0.1')).toBe(3);
  expect(letIn(limit, '2001:db8::1')).toBe(3);
  expect(letIn(limit, '2001:db8::2')).toBe(0);
});

test('what is left can be entered again', () => {
  const limit = new AddressLimit(1, 5);
  const slot = limit.enter('203.0.113.7');
  expect(limit.enter('203.0.113.7')).toBeUndefined();
  slot?.leave();
  expect(limit.enter('203.0.113.7')).toBeDefined();
});

test('the default limit is none for loopback addresses, 0 is none for all', () => {
  const byDefault = new AddressLimit(undefined, 5);
  expect(letIn(byDefault, '203.0.113.7')).toBe(5);
  for (const loopback of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
    expect(letIn(byDefault, loopback)).toBe(10);
  }
  expect(letIn(new AddressLimit(0, 5), '203.0.113.7')).toBe(10);
});

test('many addresses that come and go are forgotten, those that stay are not', () => {
  const limit = new AddressLimit(1, 1);
  limit.enter('198.51.100.1');
  for (let count = 0; count < 5000; count++) limit.enter(`2001:db8:${count.toString(16)}::1`)?.leave();
  expect(limit.enter('198.51.100.1')).toBeUndefined();
  expect(limit.knownCount).toBeLessThanOrEqual(2000);
});
