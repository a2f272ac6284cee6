import { expect, test } from '@jest/globals';
import { findRefused, productionPackages } from './production-packages.ts';

const lockfile = {
  packages: {
    '': { license: 'Apache-2.0' },
    'libs/volume': { license: 'UNLICENSED' },
    'node_modules/@wharf/volume': { link: true },
    'node_modules/koa': { version: '3.3.0', license: 'MIT' },
    'node_modules/jest': { version: '1.0.0', license: 'GPL-3.0-only', dev: true },
    'services/gateway/node_modules/@scope/deep': { version: '1.0.0', license: 'ISC' },
    'node_modules/koa/node_modules/deeper': { version: '2.0.0', license: 'AGPL-3.0-only' },
  },
};

test('packages that run with Wharf are found wherever npm puts them, and no others', () => {
  expect(productionPackages(lockfile)).toEqual([
    { name: '@scope/deep@1.0.0', licence: 'ISC' },
    { name: 'deeper@2.0.0', licence: 'AGPL-3.0-only' },
    { name: 'koa@3.3.0', licence: 'MIT' },
  ]);
  expect(findRefused(productionPackages(lockfile))).toEqual([{ name: 'deeper@2.0.0', licence: 'AGPL-3.0-only' }]);
});

test.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['Apache-2.0 AND MIT', true],
  ['Apache-2.0 AND LGPL-3.0-only', false],
  ['GPL-2.0-or-later', false],
  ['SSPL-1.0', false],
  ['SEE LICENSE IN LICENSE.md', false],
  ['UNLICENSED', false],
  ['', false],
  [undefined, false],
])('the licence %j is permissive: %s', (licence, isPermissive) => {
  expect(findRefused([{ name: 'package', licence }]).length === 0).toBe(isPermissive);
});
