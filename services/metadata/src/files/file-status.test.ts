import { expect, test } from '@jest/globals';
import type { FileStatus } from '@wharf/contracts';
import { type FileChange, initialStatus, nextStatus, nextStatusInSql } from './file-status.js';

const notYet = 'file_not_found';
const never = 'conflict';

const table: Record<FileStatus, Record<FileChange, FileStatus | typeof notYet | typeof never>> = {
  stored: { synced: 'synced', purged: notYet, deleted: 'deleted', infected: 'quarantined' },
  synced: { synced: 'synced', purged: 'archived', deleted: 'deleted', infected: never },
  archived: { synced: 'archived', purged: 'archived', deleted: 'deleted', infected: never },
  deleted: { synced: 'deleted', purged: 'deleted', deleted: 'deleted', infected: 'deleted' },
  quarantined: { synced: never, purged: never, deleted: 'deleted', infected: 'quarantined' },
};

const cases = Object.entries(table).flatMap(([status, changes]) =>
  Object.entries(changes).map(([change, outcome]) => [status, change, outcome] as [FileStatus, FileChange, string]),
);

test.each(cases)('%s, then %s: %s', (status, change, outcome) => {
  if (outcome === notYet || outcome === never) {
    expect(() => nextStatus(status, change)).toThrow(expect.objectContaining({ code: outcome }));
  } else {
    expect(nextStatus(status, change)).toBe(outcome);
  }
});

test('a change that was taken is taken again without effect', () => {
  for (const [status, change] of cases) {
    const after = attempt(status, change);
    if (after) expect(attempt(after, change)).toBe(after);
  }
});

test.each(cases.filter(([status]) => status !== 'deleted'))(
  'in SQL too: %s, then %s: %s',
  (status, change, outcome) => {
    const step = new RegExp(`when '${status}' then '(\\w+)'`).exec(nextStatusInSql(change, 'status'))?.[1];
    expect(step).toBe(outcome === notYet || outcome === never ? undefined : outcome);
  },
);

test('what a change means for a deleted file is not said in SQL', () => {
  expect(nextStatusInSql('synced', 'status')).not.toMatch("when 'deleted'");
});

test('a file begins as stored', () => {
  expect(initialStatus).toBe('stored');
});

function attempt(status: FileStatus, change: FileChange): FileStatus | undefined {
  try {
    return nextStatus(status, change);
  } catch {
    return undefined;
  }
}
