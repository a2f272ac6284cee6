import { createServer } from 'node:http';
import { expect, test } from '@jest/globals';
import type { Logger } from '@wharf/service-kit';
import { surviveAcceptErrors } from './accept-errors.js';

test('of many connections that cannot be accepted one line is logged', () => {
  const lines: unknown[] = [];
  const server = createServer();
  surviveAcceptErrors(server, { error: (line: unknown) => lines.push(line) } as unknown as Logger);
  const error = Object.assign(new Error('accept ENFILE'), { code: 'ENFILE' });
  for (let count = 0; count < 1000; count++) server.emit('error', error);
  expect(lines).toEqual([{ error, connections: 1 }]);
});
