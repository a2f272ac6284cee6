import { expect, test } from '@jest/globals';
import { hashOfNobody, hashPassword, isOutdated, verifyPassword } from './argon2.js';
import { formatHash, parseHash } from './phc.js';

// Of the reference implementation: echo -n password | argon2 somesalt -id -t 2 -k 256 -p 1 -l 32
const ofReference = '$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4';

test('a password fits its hash, and no other one does', async () => {
  const hash = await hashPassword('correct horse');
  expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword('correct horse', hash)).toBe(true);
  expect(await verifyPassword('correct horsf', hash)).toBe(false);
  expect(await hashPassword('correct horse')).not.toBe(hash);
});

test('hashes of other programs and other parameters are verified, and known to be outdated', async () => {
  expect(await verifyPassword('password', ofReference)).toBe(true);
  expect(await verifyPassword('Password', ofReference)).toBe(false);
  expect(isOutdated(ofReference)).toBe(true);
  expect(isOutdated(await hashPassword('password'))).toBe(false);
});

test('the hash of nobody takes today’s parameters, and no password fits it', async () => {
  expect(isOutdated(hashOfNobody)).toBe(false);
  expect(await verifyPassword('', hashOfNobody)).toBe(false);
});

test('a hash is read as it was written', () => {
  const hash = {
    memoryKib: 19_456,
    passes: 2,
    parallelism: 1,
    salt: Buffer.from('saltsaltsaltsalt'),
    digest: Buffer.alloc(32, 7),
  };
  expect(parseHash(formatHash(hash))).toEqual(hash);
});

test.each([
  '',
  'plain',
  ofReference.replace('argon2id', 'argon2i'),
  ofReference.replace('v=19', 'v=16'),
  `${ofReference}=`,
])('what is no hash of ours is refused: %j', async (text) => {
  expect(parseHash(text)).toBeUndefined();
  await expect(verifyPassword('password', text)).rejects.toMatchObject({ code: 'internal' });
});

test.each([
  ['é', 'e\u0301'],
  ['한', '\u1112\u1161\u11ab'],
  ['a b', 'a\u00a0b'],
  ['a b', 'a\u3000b'],
])('%j typed in another way fits: %j', async (one, other) => {
  expect(await verifyPassword(other, await hashPassword(one))).toBe(true);
});

test.each([
  ['ﬁ', 'fi'],
  ['①', '1'],
  ['a', 'A'],
])('%j is another password than %j', async (one, other) => {
  expect(await verifyPassword(other, await hashPassword(one))).toBe(false);
});
