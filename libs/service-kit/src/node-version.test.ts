import { expect, test } from '@jest/globals';
import { refuseNode } from './node-version.js';

test.each(['20.20.2', '24.9.0', '24.15.9'])('Node %s is refused, by its number', (version) => {
  expect(refuseNode(version)).toBe(`needs Node 24.16.0 or newer, this is ${version}`);
});

test.each(['24.16.0', '24.21.0', '25.0.0', '26.1.0-nightly'])('Node %s is taken', (version) => {
  expect(refuseNode(version)).toBeUndefined();
});

test('this Node is taken', () => {
  expect(refuseNode()).toBeUndefined();
});
