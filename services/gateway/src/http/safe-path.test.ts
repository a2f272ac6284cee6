import { expect, test } from '@jest/globals';
import { safePath } from './safe-path.js';

const token = 'q3VfY1bB9dY6nB-7bQm1mO0s2zj0cH4x_8w5Kt2uRzE';
const uid = '01936f2e-8a3b-7c4d-9e5f-0123456789ab';

test.each([
  [`/api/v1/links/${token}`, '/api/v1/links/:token'],
  [`/api/v1/links/${token}/`, '/api/v1/links/:token'],
  [`/api/v1/links/${token}/x?y`, '/api/v1/links/:token'],
  [`/api/v1/links/${token.slice(0, 20)}`, '/api/v1/links/:token'],
  [`/api/v1/links/x/links/${token.slice(0, 20)}`, '/api/v1/links/:token'],
  [`/api/v1/Links/${token}`, '/api/v1/Links/:token'],
  [`/api/v1//links//${token}`, '/api/v1//links//:token'],
  [`\\api\\v1\\links\\${token}`, '\\api\\v1\\links\\:token'],
  [`/api/v1/%6cinks/${token}`, '/api/v1/links/:token'],
  [`/api/v1/links%2F${token}`, '/api/v1/links/:token'],
  [`/api/v1/links/%71${token.slice(1)}`, '/api/v1/links/:token'],
  [`/api/v1/links/%zz%ff${token}`, '/api/v1/links/:token'],
  [`/links/${token}#x`, '/links/:token'],
  [`/s/${token}`, '/s/:token'],
  [`/s/${token.slice(0, 20)}/x?y`, '/s/:token'],
  [`//%73//${token.slice(0, 20)}`, '//s//:token'],
  [`/r/${token.slice(0, 20)}`, '/r/:token'],
  [`http://host/api/v1/links/${token}`, 'http://host/api/v1/links/:token'],
  [`/api/v1/link/${token}`, '/api/v1/link/:token'],
  [`/api/v1/files/${token}/metadata`, '/api/v1/files/:token/metadata'],
  [`/api/v1/files/%71${token.slice(1)}`, '/api/v1/files/:token'],
  [`/api/v1/files/${uid}/links/${token}`, `/api/v1/files/${uid}/links/:token`],
])('%s is told as %s', (target, told) => {
  expect(safePath(target)).toBe(told);
});

test.each([
  '/',
  '*',
  '/api/v1/files/stream',
  '/api/v1/links',
  '/api/v1/links/',
  `/api/v1/files/${uid}`,
  `/api/v1/files/${uid}/links`,
  `/api/v1/files/${uid}/links/${uid}`,
  '/docs/%2e%2e/a%20b',
])('%s is told as it is', (path) => {
  expect(safePath(`${path}?secret`)).toBe(path);
});
