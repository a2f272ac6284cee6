import { expect, test } from '@jest/globals';
import { parseRoute } from './parse-route.ts';

test.each([
  ['', 'files', undefined, ''],
  ['#/', 'files', undefined, ''],
  ['#/files/0199-a', 'files', '0199-a', ''],
  ['#/admin/dead-letters', 'admin', 'dead-letters', ''],
  ['#/files?request_id=1', 'files', undefined, 'request_id=1'],
  ['#/files/%D1%8F%', 'files', '%D1%8F%', ''],
  ['#/files/%D1%8F', 'files', 'я', ''],
])('%s leads to %s', (hash, page, of, query) => {
  const route = parseRoute(hash);
  expect([route.page, route.of, route.query.toString()]).toEqual([page, of, query]);
});
