import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Problem } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { startLoneGateway } from './gateway-process.ts';
import { sendText } from './raw-http.ts';

let gateway: Awaited<ReturnType<typeof startLoneGateway>>;

beforeAll(async () => {
  gateway = await startLoneGateway({ NODE_OPTIONS: `--import=${path.resolve('e2e/throw-in-phase.js')}` });
});

afterAll(() => gateway?.close());

function ask(phase: string, line = 'POST /health/live'): Promise<string> {
  const head = `${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n`;
  return sendText(gateway.url, `${head}X-Throw-In: ${phase}\r\nX-Request-Id: call-7\r\n\r\nabc`);
}

async function expectLoggedAndAlive(phase: string): Promise<void> {
  await eventually(async () => expect(gateway.lines.join('\n')).toContain(`thrown in ${phase}`));
  expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
  expect(gateway.process.hasExited()).toBe(false);
}

test.each([
  'the context',
  'before routing',
  'routing',
  'answering',
  'the error edge',
  'a listener of data',
  'a listener of end',
  'a timer',
  'a callback',
  'a promise',
])('what is thrown in %s is a 500 of its request', async (phase) => {
  const received = await ask(phase, phase === 'answering' ? 'GET /health/live' : 'POST /api/v1/files/stream');
  expect(received).toMatch(/^HTTP\/1\.1 500 /);
  const problem = Problem.strict().parse(JSON.parse(received.split('\r\n\r\n')[1] as string));
  expect(problem).toMatchObject({ code: 'internal', request_id: expect.any(String) });
  expect(received).not.toContain('thrown');
  await expectLoggedAndAlive(phase);
});

test.each(['a listener of finish', 'a listener of close'])(
  'what is thrown in %s leaves the answer whole',
  async (phase) => {
    expect(await ask(phase)).toMatch(/^HTTP\/1\.1 405 [\s\S]*"code":"method_not_allowed"[\s\S]*}$/);
    await expectLoggedAndAlive(phase);
  },
);

test('what is thrown once the body has begun breaks it off', async () => {
  expect(await ask('the body')).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\nhalf$/);
  await expectLoggedAndAlive('the body');
});

test('what no request has started ends the process', async () => {
  process.kill(gateway.process.pid, 'SIGUSR2');
  expect(await gateway.process.exited).toEqual({ code: 1, signal: null });
  expect(gateway.lines.join('\n')).toContain('thrown in nobody');
});
