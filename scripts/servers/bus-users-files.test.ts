import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { busUsersFile, busUsersInKubernetes } from './bus-users-files.ts';

test.each([busUsersFile, busUsersInKubernetes])(
  '$file is what the table says: npm run write-bus-users',
  ({ content, file }) => {
    expect(readFileSync(file, 'utf8')).toBe(content(['integrator']));
  },
);
