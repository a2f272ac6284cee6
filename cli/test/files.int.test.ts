import { afterEach, expect, jest, test } from '@jest/globals';
import { AssignOwner, type RpcRequest } from '@wharf/contracts';
import { answerRpc, newUid } from '@wharf/test-kit';
import { useOwnNats } from '../../libs/messaging/test/own-nats.ts';
import { wharf } from './wharf.js';

jest.setTimeout(60_000);

type Assignment = RpcRequest<typeof AssignOwner>;

const own = useOwnNats();
const answering: { unsubscribe(): void }[] = [];

afterEach(() => {
  for (const each of answering.splice(0)) each.unsubscribe();
});

const assign = (...words: string[]) => wharf({ NATS_URL: own.nats.url }, 'files', 'assign', ...words);

/** Stands in for metadata that knows these files, none of which belongs to anybody. */
async function answerWith(known: readonly string[]): Promise<Assignment[]> {
  const asked: Assignment[] = [];
  const answer = answerRpc(own.bus, AssignOwner, (request) => {
    asked.push(request);
    const { after, limit, uids } = request;
    const found = known.filter((uid) => (uids ? uids.includes(uid) : after === null || uid > after));
    const page = uids ? found : found.slice(0, limit);
    return { uids: page, next: uids === null && found.length > limit ? (page.at(-1) ?? null) : null };
  });
  answering.push(answer);
  await own.bus.roundTrip();
  return asked;
}

test('named files are assigned, and those that are unknown are told', async () => {
  const [known, missing] = [newUid(), newUid()];
  const asked = await answerWith([known]);
  const outcome = await assign('--owner', 'ann', '--uid', known, missing, known);
  expect(outcome).toEqual({
    exitCode: 1,
    stdout: '1 assigned\n',
    stderr: `wharf: unknown or deleted: ${missing}\n`,
  });
  expect(asked.map(({ owner_id, uids }) => ({ owner_id, uids }))).toEqual([
    { owner_id: 'ann', uids: [known, missing] },
  ]);
});

test('all files of nobody are assigned in batches', async () => {
  const known = Array.from({ length: 450 }, () => newUid()).sort();
  const asked = await answerWith(known);
  expect(await assign('--owner', 'ann', '--all-unowned')).toEqual({
    exitCode: 0,
    stdout: '450 assigned\n',
    stderr: expect.stringMatching(/^(\d+ files, up to \S+\n)*$/),
  });
  expect(asked.map(({ after }) => after)).toEqual([null, known[199], known[399]]);
});

test.each([
  ['neither files nor all of them', ['--owner', 'ann']],
  ['both', ['--owner', 'ann', '--all-unowned', '--uid', newUid()]],
  ['no owner', ['--all-unowned']],
  ['an owner without a letter', ['--owner', '', '--all-unowned']],
  ['what is no uid', ['--owner', 'ann', '--uid', 'x']],
])('%s is a wrong usage', async (_what, words) => {
  expect(await assign(...words)).toMatchObject({ exitCode: 2, stdout: '' });
});

test('without metadata it says that it is away', async () => {
  expect(await assign('--owner', 'ann', '--all-unowned')).toMatchObject({ exitCode: 69 });
});
