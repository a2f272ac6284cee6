import { expect, test } from '@jest/globals';
import { VerifyApiKey } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { answerRpc, eventually } from '@wharf/test-kit';
import { useOwnNats } from '../../../libs/messaging/test/own-nats.ts';
import { ApiKeys } from '../src/access/api-keys.js';

const own = useOwnNats();
const shown = { keyId: '0123456789abcdef', secretHash: 'a'.repeat(64) };
const verified = {
  owner_id: 'ann',
  scopes: ['files:read' as const],
  quota: { max_bytes: null, max_files: null, max_uploads: null },
  expires_at: null,
};

/** An accounts service whose answers come when they are let go. */
async function slowAccounts() {
  const waiting: { answer(): void; refuse(): void }[] = [];
  const answering = answerRpc(
    own.bus,
    VerifyApiKey,
    () =>
      new Promise((resolve, reject) => {
        waiting.push({
          answer: () => resolve(verified),
          refuse: () => reject(new AppError('unauthenticated', 'revoked')),
        });
      }),
  );
  await own.bus.roundTrip();
  const next = async () => {
    await eventually(() => expect(waiting).not.toHaveLength(0));
    return waiting.shift() as (typeof waiting)[number];
  };
  return { waiting, next, stop: () => answering.unsubscribe() };
}

test.each([
  ['its key is revoked', (keys: ApiKeys) => keys.forgetKey(shown.keyId)],
  ['its owner is changed', (keys: ApiKeys) => keys.forgetUser('ann')],
])('an answer under way while %s is not believed: it is asked for again', async (_what, revoke) => {
  const keys = new ApiKeys(own.bus);
  const accounts = await slowAccounts();
  const judged = keys.verify(shown).then(
    () => 'taken',
    ({ code }) => code,
  );
  const first = await accounts.next();
  revoke(keys);
  first.answer();
  (await accounts.next()).refuse();
  expect(await judged).toBe('unauthenticated');
  expect(keys.find(shown)).toBeUndefined();
  accounts.stop();
});

test('the end of another key does not disturb it', async () => {
  const keys = new ApiKeys(own.bus);
  const accounts = await slowAccounts();
  const judged = keys.verify(shown);
  const first = await accounts.next();
  keys.forgetKey('fedcba9876543210');
  first.answer();
  expect((await judged).caller).toEqual({ kind: 'key', id: 'ann', scopes: ['files:read'] });
  accounts.stop();
});

test('many who show a key at one moment share one question', async () => {
  const keys = new ApiKeys(own.bus);
  const accounts = await slowAccounts();
  const judged = Array.from({ length: 10 }, () => keys.verify(shown));
  (await accounts.next()).answer();
  expect(new Set((await Promise.all(judged)).map(({ caller }) => caller.id))).toEqual(new Set(['ann']));
  expect(accounts.waiting).toHaveLength(0);
  accounts.stop();
});

test('a key that was forgotten does not count when nobody can answer for it', async () => {
  const keys = new ApiKeys(own.bus);
  const accounts = await slowAccounts();
  const judged = keys.verify(shown);
  (await accounts.next()).answer();
  await judged;
  accounts.stop();
  await own.bus.roundTrip();
  expect((await keys.verify(shown)).caller.id).toBe('ann');
  keys.forgetKey(shown.keyId);
  await expect(keys.verify(shown)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a key that has expired does not count, whoever said what of it', async () => {
  const keys = new ApiKeys(own.bus);
  const soon = new Date(Date.now() + 300).toISOString();
  const answering = answerRpc(own.bus, VerifyApiKey, () => ({ ...verified, expires_at: soon }));
  await own.bus.roundTrip();
  await keys.verify(shown);
  answering.unsubscribe();
  await own.bus.roundTrip();
  expect(keys.find(shown)).toBeDefined();
  await eventually(() => expect(keys.find(shown)).toBeUndefined());
  await expect(keys.verify(shown)).rejects.toMatchObject({ code: 'unauthenticated' });
});
