import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { busUsersTable } from './bus-users-table.ts';

test('docs/operations.md says what the table says: npm run write-bus-users', () => {
  expect(readFileSync('docs/operations.md', 'utf8')).toContain(busUsersTable());
});
