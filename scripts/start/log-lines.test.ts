import { stripVTControlCharacters } from 'node:util';
import { expect, test } from '@jest/globals';
import { logLines } from './log-lines.ts';

async function written(line: string, isTTY: boolean): Promise<string> {
  let text = '';
  const write = await logLines('gateway | ', {
    isTTY,
    write: (more: string) => {
      text += more;
    },
  });
  write(line);
  return text;
}

const request = {
  level: 'info',
  time: '2026-01-31T12:00:00.000Z',
  service: 'gateway',
  method: 'GET',
  status: 200,
  msg: 'request',
};
const failure = {
  ...request,
  level: 'error',
  error: { type: 'Error', message: 'no room', stack: 'Error: no room\n    at store (volume.ts:1:1)' },
  msg: 'a request failed',
};

test('a program reads the lines as the service wrote them', async () => {
  const line = JSON.stringify(request);
  expect(await written(line, false)).toBe(`gateway | ${line}\n`);
});

test('a person reads time, level, words and facts on one line', async () => {
  const text = await written(JSON.stringify(request), true);
  expect(text).not.toBe(stripVTControlCharacters(text));
  expect(stripVTControlCharacters(text)).toMatch(
    /^gateway \| \[\d\d:\d\d:\d\d\] INFO: request \{"method":"GET","status":200\}\n$/,
  );
});

test('each line of an error has the name of its service', async () => {
  const lines = stripVTControlCharacters(await written(JSON.stringify(failure), true))
    .trimEnd()
    .split('\n');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.every((line) => line.startsWith('gateway | '))).toBe(true);
  expect(lines.join('\n')).toContain('at store (volume.ts:1:1)');
});

test.each(['(node:1) a warning', '', '{"half":'])('what is no JSON is written as it is: %j', async (line) => {
  expect(await written(line, true)).toBe(`gateway | ${line}\n`);
});
