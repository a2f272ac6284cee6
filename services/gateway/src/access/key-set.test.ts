import { expect, test } from '@jest/globals';
import { createLogger } from '@wharf/service-kit';
import { exportJWK, generateKeyPair, type JSONWebKeySet, jwtVerify, SignJWT } from 'jose';
import { KeySet, type KeySetOptions } from './key-set.js';

async function newKey(kid: string) {
  const { privateKey, publicKey } = await generateKeyPair('EdDSA');
  const sign = () => new SignJWT({}).setProtectedHeader({ alg: 'EdDSA', kid }).sign(privateKey);
  return { published: { ...(await exportJWK(publicKey)), alg: 'EdDSA', kid }, sign };
}

/** Keys that are read from `answer`, and how often they were. */
function keySet(answer: () => JSONWebKeySet | Error, options: Partial<KeySetOptions> = {}) {
  const asked = { count: 0 };
  const load = async () => {
    asked.count++;
    const keys = answer();
    if (keys instanceof Error) throw keys;
    return structuredClone(keys);
  };
  const logger = createLogger('test', 'silent');
  return { asked, keys: new KeySet({ load, coolDownMs: 60_000, longestMs: 60_000, logger, ...options }) };
}

const codeOf = (judged: Promise<unknown>) =>
  judged.then(
    () => 'good',
    ({ code }) => code,
  );

test('keys are read when they are needed first, once for all', async () => {
  const one = await newKey('one');
  const { asked, keys } = keySet(() => ({ keys: [one.published] }));
  const tokens = await Promise.all([one.sign(), one.sign(), one.sign()]);
  expect(await Promise.all(tokens.map((token) => codeOf(jwtVerify(token, keys.find))))).toEqual(Array(3).fill('good'));
  expect(asked.count).toBe(1);
});

test('a token of an unknown key has them read again, but not each', async () => {
  const [one, two, three] = await Promise.all([newKey('one'), newKey('two'), newKey('three')]);
  let published = [one.published];
  const { asked, keys } = keySet(() => ({ keys: published }), { coolDownMs: 0 });
  await jwtVerify(await one.sign(), keys.find);
  const { generation } = keys;
  published = [one.published, two.published];
  await jwtVerify(await two.sign(), keys.find);
  expect(asked.count).toBe(2);
  expect(keys.generation).not.toBe(generation);
  const patient = keySet(() => ({ keys: [one.published] }));
  for (let count = 0; count < 5; count++) {
    expect(await codeOf(jwtVerify(await three.sign(), patient.keys.find))).toBe('ERR_JWKS_NO_MATCHING_KEY');
  }
  expect(patient.asked.count).toBe(1);
});

test('keys that cannot be read again go on counting, until they are too old', async () => {
  const one = await newKey('one');
  let answer: JSONWebKeySet | Error = { keys: [one.published] };
  const { keys } = keySet(() => answer, { longestMs: 300, coolDownMs: 0 });
  await keys.refresh();
  const { generation } = keys;
  answer = new Error('away');
  await keys.refresh();
  expect(keys.generation).toBe(generation);
  expect(await codeOf(jwtVerify(await one.sign(), keys.find))).toBe('good');
  const deadline = performance.now() + 300;
  while (performance.now() < deadline) await new Promise((resolve) => setImmediate(resolve));
  expect(keys.generation).toBeUndefined();
  expect(await codeOf(jwtVerify(await one.sign(), keys.find))).toBe('unavailable');
  await expect(keys.read()).rejects.toMatchObject({ code: 'unavailable' });
});

test('the same keys, read again, are no others', async () => {
  const one = await newKey('one');
  const { keys } = keySet(() => ({ keys: [one.published] }));
  await keys.refresh();
  const { generation } = keys;
  await keys.refresh();
  expect(keys.generation).toBe(generation);
});
