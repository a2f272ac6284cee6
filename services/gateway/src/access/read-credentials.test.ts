import { createHash } from 'node:crypto';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import { readCredentials } from './read-credentials.js';

const secret = 'q3nYcX0m7vLk2tZ9bH4sWw1eR8uJ5aPd6fGiNoMxTy_';
const key = `wharf_0123456789abcdef_${secret}`;
const token = 'eyJ0.eyJz.c2ln';

/** As Node hands a request over. */
function request(...lines: [name: string, value: string][]) {
  const headers: Record<string, string> = {};
  for (const [name, value] of lines) {
    const lower = name.toLowerCase();
    if (lower === 'cookie' && headers.cookie) headers.cookie += `; ${value}`;
    else headers[lower] ??= value;
  }
  return { headers, rawHeaders: lines.flat(), socket: new Socket() };
}

test.each([
  ['none', [], { kind: 'none' }],
  ['other cookies', [['Cookie', 'wharf_reader=x; wharf_accessory=a; a=wharf_access']], { kind: 'none' }],
  ['a token', [['Authorization', `Bearer ${token}`]], { kind: 'token', token, isCookie: false }],
  ['a token in another case', [['AUTHORIZATION', `bearer   ${token}`]], { kind: 'token', token, isCookie: false }],
  ['a cookie', [['Cookie', `a=b; wharf_access=${token};c=d`]], { kind: 'token', token, isCookie: true }],
  [
    'a key',
    [['Authorization', `Bearer ${key}`]],
    {
      kind: 'key',
      keyId: '0123456789abcdef',
      secretHash: createHash('sha256').update(secret).digest('hex'),
    },
  ],
] as [string, [string, string][], object][])('%s', (_what, lines, expected) => {
  expect(readCredentials(request(...lines))).toEqual(expected);
});

test.each([
  [
    'two headers',
    [
      ['Authorization', `Bearer ${token}`],
      ['authorization', `Bearer ${token}`],
    ],
  ],
  [
    'a header and a cookie',
    [
      ['Authorization', `Bearer ${token}`],
      ['Cookie', `wharf_access=${token}`],
    ],
  ],
  ['two cookies', [['Cookie', `wharf_access=${token}; wharf_access=${token}`]]],
  [
    'two cookie headers',
    [
      ['Cookie', `wharf_access=${token}`],
      ['Cookie', 'wharf_access=a.b.c'],
    ],
  ],
  ['another scheme', [['Authorization', `Basic ${token}`]]],
  ['no scheme', [['Authorization', token]]],
  ['nothing', [['Authorization', '']]],
  ['a scheme alone', [['Authorization', 'Bearer']]],
  ['two tokens', [['Authorization', `Bearer ${token} ${token}`]]],
  ['two tokens in one', [['Authorization', `Bearer ${token}, Bearer ${token}`]]],
  ['what is no token', [['Authorization', 'Bearer garbage']]],
  ['two parts of a token', [['Authorization', 'Bearer a.b']]],
  ['a token without its signature', [['Authorization', 'Bearer a.b.']]],
  ['five parts, which are encrypted', [['Authorization', 'Bearer a.b.c.d.e']]],
  ['a key without its secret', [['Authorization', 'Bearer wharf_0123456789abcdef_']]],
  ['a key that is too short', [['Authorization', `Bearer ${key.slice(0, -1)}`]]],
  ['a key that is too long', [['Authorization', `Bearer ${key}x`]]],
  ['a key of another case', [['Authorization', `Bearer ${key.toUpperCase()}`]]],
  ['an empty cookie', [['Cookie', 'wharf_access=']]],
  ['a key in a cookie', [['Cookie', `wharf_access=${key}`]]],
  ['a quoted cookie', [['Cookie', `wharf_access="${token}"`]]],
] as [string, [string, string][]][])('%s: refused', (_what, lines) => {
  expect(() => readCredentials(request(...lines))).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
});

test('a connection that shows something else is believed that', () => {
  const { socket } = request();
  const shown = (text: string) => readCredentials({ ...request(['Authorization', `Bearer ${text}`]), socket });
  expect(shown(token)).toEqual({ kind: 'token', token, isCookie: false });
  expect(shown(token)).toEqual({ kind: 'token', token, isCookie: false });
  expect(shown(`${token}x`)).toEqual({ kind: 'token', token: `${token}x`, isCookie: false });
  expect(() => shown('')).toThrow(expect.objectContaining({ code: 'unauthenticated' }));
});
