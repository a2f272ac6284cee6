import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from '@jest/globals';
import Koa from 'koa';
import { reachedOrigin } from './reached-origin.js';

const headers = { host: 'files.example.org', 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' };

test.each([
  [undefined, false, 'http://files.example.org'],
  [undefined, true, 'https://files.example.org'],
  ['https://public.example.org', true, 'https://public.example.org'],
])('PUBLIC_URL=%s, behind a proxy: %s: addresses begin with %s', (publicUrl, proxy, origin) => {
  const request = Object.assign(new IncomingMessage(new Socket()), { headers });
  const context = new Koa({ proxy }).createContext(request, new ServerResponse(request));
  expect(reachedOrigin({ publicUrl }, context)).toBe(origin);
});
