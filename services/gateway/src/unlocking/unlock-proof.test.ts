import { expect, test } from '@jest/globals';
import { isProof, newProof } from './unlock-proof.js';

const link = { id: '0193f2b2-8a3b-7c4d-9e5f-0123456789ab', key: 'a'.repeat(64) };
const nowMs = Date.UTC(2026, 0, 31);
const proof = newProof(link, nowMs + 1000);

test('a proof holds for its link until its time', () => {
  expect(isProof(proof, link, nowMs)).toBe(true);
  expect(isProof(proof, link, nowMs + 999)).toBe(true);
  expect(isProof(proof, link, nowMs + 1000)).toBe(false);
});

test.each([
  ['of another link', proof, { ...link, id: '0193f2b2-8a3b-7c4d-9e5f-0123456789ac' }],
  ['by another key', proof, { ...link, key: 'b'.repeat(64) }],
  ['that was made longer', proof.replace(/^\d/, '9'), link],
  ['with another signature', `${proof.slice(0, -2)}${proof.endsWith('AA') ? 'BB' : 'AA'}`, link],
  ['without one', proof.slice(0, 14), link],
  ['that is empty', '', link],
])('a proof %s is none', (_, text, of) => {
  expect(isProof(text, of, nowMs)).toBe(false);
});
