import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { EndSession, LogOut, ReadTrust, UpdateUser } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { eventually } from '@wharf/test-kit';
import { decodeProtectedHeader } from 'jose';
import { callerOf, codeOf, World } from './world.js';

let world: World;

beforeAll(async () => {
  world = await World.open();
});

afterAll(() => world.close());

const trust = () => callRpc(world.bus, ReadTrust, {});
const kids = async () => (await trust()).keys.map(({ kid }) => kid);

test('replicas that start at once share one key, and a restart keeps it', async () => {
  await Promise.all([world.start(), world.start(), world.start()]);
  const before = await kids();
  expect(before).toHaveLength(1);
  const { tokens, user } = await world.loggedIn();
  expect(decodeProtectedHeader(tokens.access_token)).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: before[0] });

  await world.closeReplicas();
  await world.start();
  expect(await kids()).toEqual(before);
  expect((await world.claimsOf(tokens.access_token)).claims.sub).toBe(user.id);
  await world.refresh(tokens);
  await world.closeReplicas();
});

test('what was revoked lately is read with the keys, and forgotten later', async () => {
  await world.start();
  const admin = await world.createUser('admin');
  const [out, ended, disabled, live] = [
    await world.loggedIn(),
    await world.loggedIn(),
    await world.loggedIn(),
    await world.loggedIn(),
  ];
  await callRpc(world.bus, LogOut, { refresh_token: out.tokens.refresh_token });
  await callRpc(world.bus, EndSession, { caller: ended.caller, session_id: ended.tokens.session_id });
  const changes = { disabled: true };
  await callRpc(world.bus, UpdateUser, { caller: callerOf(admin), user_id: disabled.user.id, changes });
  const { keys, revoked } = await trust();
  expect(keys).toEqual([
    { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: expect.any(String), x: expect.any(String) },
  ]);
  const subjects = revoked.map(({ subject }) => subject);
  expect(subjects).toEqual(expect.arrayContaining([out.tokens.session_id, ended.tokens.session_id, disabled.user.id]));
  expect(subjects).not.toContain(live.tokens.session_id);
  for (const { at } of revoked) expect(Date.now() - Date.parse(at)).toBeLessThan(60_000);

  await world.query(
    "update accounts.sessions set ended_at = ended_at - interval '12 minutes' where ended_at is not null",
  );
  await world.query("update accounts.users set changed_at = changed_at - interval '12 minutes'");
  expect((await trust()).revoked).toEqual([]);
  await world.closeReplicas();
});

test('keys rotate without a token that nobody can judge', async () => {
  const rotationMs = 4000;
  await Promise.all([world.start({}, { rotationMs }), world.start({}, { rotationMs })]);
  // As a gateway does that reads anew twice in the time for which a key is published before it signs.
  const known = new Set(await kids());
  const { user } = await world.loggedIn();
  const signers = new Set<string>();
  while (signers.size < 3) {
    const before = [...known];
    const tokens = await world.logIn(user);
    const kid = String(decodeProtectedHeader(tokens.access_token).kid);
    expect(before).toContain(kid);
    signers.add(kid);
    await world.claimsOf(tokens.access_token);
    for (const each of await kids()) known.add(each);
  }
  await world.closeReplicas();
});

test('a key goes when the last token of it has expired', async () => {
  const rotationMs = 4000;
  await world.start({}, { rotationMs });
  const before = await kids();
  expect(before.length).toBeGreaterThan(1);
  await world.query("update accounts.signing_keys set signs_from = signs_from - interval '1 hour'");
  await eventually(async () => {
    const after = await kids();
    expect(after.filter((kid) => before.includes(kid)).length).toBeLessThanOrEqual(1);
    expect(after.length).toBeGreaterThanOrEqual(1);
  });
  expect(await codeOf(world.loggedIn())).toBeUndefined();
});
