import { expect, test } from '@jest/globals';
import { keysOfLogin } from './keys-of-login.js';

const login = (changes: Partial<Parameters<typeof keysOfLogin>[0]> = {}) =>
  keysOfLogin({ email: 'owner@example.org', network: '203.0.113.7', isKnownNetwork: false, ...changes });

test('a stranger counts for the account and for the network', () => {
  expect(login()).toEqual([expect.stringMatching(/^account:[0-9a-f]{64}$/), 'network:203.0.113.7']);
});

test('the owner’s own network counts by itself: strangers use nothing up for the owner', () => {
  expect(login({ isKnownNetwork: true })).toEqual(['network:203.0.113.7']);
});

test('an address counts as one however it is written, and is not kept', () => {
  expect(login({ email: 'Owner@Example.ORG' })).toEqual(login());
  expect(login().join()).not.toContain('owner');
  expect(login({ email: 'other@example.org' })[0]).not.toBe(login()[0]);
});
