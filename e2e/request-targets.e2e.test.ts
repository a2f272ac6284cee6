import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Problem } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { startLoneGateway } from './gateway-process.ts';
import { sendText } from './raw-http.ts';

let gateway: Awaited<ReturnType<typeof startLoneGateway>>;

beforeAll(async () => {
  gateway = await startLoneGateway({ CORS_ORIGINS: '*' });
});

afterAll(() => gateway?.close());

const ask = (target: string, { method = 'GET', headers = '' } = {}) =>
  sendText(gateway.url, `${method} ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);

const statusIn = (received: string) => Number(received.split(' ')[1]);

function problemIn(received: string): Problem {
  expect(received).toMatch(/^HTTP\/1\.1 \d{3} /);
  return Problem.strict().parse(JSON.parse(received.split('\r\n\r\n')[1] as string));
}

async function expectSameProcess(): Promise<void> {
  expect((await fetch(`${gateway.url}/health/live`)).status).toBe(200);
  expect(gateway.process.hasExited()).toBe(false);
}

describe('a target that is no path and no http URL is refused', () => {
  test.each([
    'http://[',
    'http://[::1/',
    'http:///',
    'http://user@host/',
    'http://host:99999/',
    'HTTP://[',
    'ftp://x/',
    'x://[',
    '*',
    '/health/live#fragment',
    '//a@[#',
    '/\\a@[#',
    'http://host/#fragment',
    '[',
    'host',
    '/caf\xe9',
  ])('%s', async (target) => {
    expect(problemIn(await ask(target))).toMatchObject({ status: 400, code: 'invalid_request', instance: '/' });
    await expectSameProcess();
  });

  test.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'])('by %s', async (method) => {
    expect(problemIn(await ask('http://[', { method }))).toMatchObject({ status: 400, code: 'invalid_request' });
    await expectSameProcess();
  });

  test('by HEAD, without a body', async () => {
    expect(await ask('http://[', { method: 'HEAD' })).toMatch(/^HTTP\/1\.1 400 [\s\S]*\r\n\r\n$/);
    await expectSameProcess();
  });

  test.each([
    ['Expect: 100-continue\r\nContent-Length: 3\r\n', 400],
    ['Expect: something\r\n', 417],
    ['Content-Length: 9\r\n', 400],
    ['Transfer-Encoding: chunked\r\n\r\nzz', 400],
    ['Origin: http://o\r\nAccess-Control-Request-Method: GET\r\n', 400],
  ])('with %j', async (headers, status) => {
    expect(problemIn(await ask('http://[', { method: 'POST', headers })).status).toBe(status);
    await expectSameProcess();
  });

  test.each(['host:80', 'http://['])('a tunnel to %s is asked for', async (target) => {
    const received = await ask(target, { method: 'CONNECT' });
    expect(problemIn(received)).toMatchObject({ status: 405, code: 'method_not_allowed' });
    expect(received).toMatch(/^Allow: GET, /m);
    await expectSameProcess();
  });
});

test.each([
  ['http://host/health/live', 200],
  ['HTTP://HOST/health/live?x', 200],
  ['https://host:8443/health/live', 200],
  ['http://[::1]/health/live', 200],
  ['http://host', 200],
  ['http://host?query', 200],
  ['//host/path', 404],
  ['//[', 404],
  ['/\\[', 404],
  ['/%zz', 404],
  ['/api/v1/files/%zz', 400],
  ['/api/v1/files/%', 400],
  ['/api/v1/files/%E0%A4%A', 400],
  ['/docs/%zz', 404],
  ['/api/v1/files?cursor=%zz&limit=x', 400],
])('%s is answered %d', async (target, status) => {
  expect(statusIn(await ask(target))).toBe(status);
  await expectSameProcess();
});

test.each([
  ['a long path', `/${'a'.repeat(48_000)}`, 404],
  ['a longer one', `/${'a'.repeat(50_000)}`, 431],
  ['a long URL that is none', `http://${'['.repeat(15_000)}`, 400],
])('%s is answered', async (_what, target, status) => {
  expect(statusIn(await ask(target))).toBe(status);
  await expectSameProcess();
});

test('OPTIONS may ask about the server as a whole', async () => {
  expect(await ask('*', { method: 'OPTIONS' })).toMatch(/^HTTP\/1\.1 404 /);
});

test('a URL does not stand in for a missing Host', async () => {
  const text = 'GET http://host/health/live HTTP/1.1\r\nConnection: close\r\n\r\n';
  expect(problemIn(await sendText(gateway.url, text))).toMatchObject({ status: 400 });
});

describe('the token of a share link is in no log and in no problem', () => {
  const token = 'q3VfY1bB9dY6nB-7bQm1mO0s2zj0cH4x_8w5Kt2uRzE';
  const link = `/api/v1/links/${token}`;
  const lines = (target: string, method = 'GET') => `${method} ${target} HTTP/1.1\r\nConnection: close\r\n`;

  test.each([
    ['a link', `${lines(link)}Host: x\r\n\r\n`],
    ['HEAD', `${lines(link, 'HEAD')}Host: x\r\n\r\n`],
    ['a method that is not taken', `${lines(link, 'DELETE')}Host: x\r\n\r\n`],
    ['an unknown method', `${lines(link, 'FETCH')}Host: x\r\n\r\n`],
    ['OPTIONS', `${lines(link, 'OPTIONS')}Host: x\r\n\r\n`],
    [
      'a preflight',
      `${lines(link, 'OPTIONS')}Host: x\r\nOrigin: http://o\r\nAccess-Control-Request-Method: GET\r\n\r\n`,
    ],
    ['no Host', `${lines(link)}\r\n`],
    ['a route that is none', `${lines(`${link}/x`)}Host: x\r\n\r\n`],
    ['a slash at the end', `${lines(`${link}/`)}Host: x\r\n\r\n`],
    ['the page of the link', `${lines(`/s/${token}`)}Host: x\r\n\r\n`],
    ['a query', `${lines(`${link}?a=1&a=2`)}Host: x\r\n\r\n`],
    ['a fragment', `${lines(`${link}#x`)}Host: x\r\n\r\n`],
    ['capitals', `${lines(`/api/v1/LINKS/${token}`)}Host: x\r\n\r\n`],
    ['percent-encoding', `${lines(`/api/v1/%6cinks/${token}`)}Host: x\r\n\r\n`],
    ['a URL', `${lines(`http://host${link}`)}Host: x\r\n\r\n`],
    ['a URL that is none', `${lines(`http://[${link}`)}Host: x\r\n\r\n`],
    ['a header that is malformed', `${lines(link)}Host: x\r\nno header\r\n\r\n`],
    ['a body that breaks off', `${lines(link, 'POST')}Host: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`],
    ['an unknown expectation', `${lines(link)}Host: x\r\nExpect: x\r\n\r\n`],
    ['a referrer', `${lines('/health')}Host: x\r\nReferer: http://x${link}\r\n\r\n`],
  ])('%s', async (what, text) => {
    const before = gateway.lines.length;
    const requestId = `about-${what.replaceAll(/\W/g, '-')}`;
    const received = await sendText(gateway.url, text.replace('\r\n', `\r\nX-Request-Id: ${requestId}\r\n`));
    expect(received).toMatch(/^HTTP\/1\.1 \d{3} /);
    expect(received).not.toContain(token);
    // What was said of it is there when a later request is.
    await fetch(`${gateway.url}/later`, { headers: { 'X-Request-Id': `after-${requestId}` } });
    await eventually(async () => expect(gateway.lines.join()).toContain(`after-${requestId}`));
    expect(gateway.lines.slice(before).join('\n')).not.toContain(token);
  });

  test('and in no name of a metric', async () => {
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).not.toContain(token);
  });
});

test('of a query with thousands of parameters the first hundred are counted', async () => {
  const problem = problemIn(await ask(`/api/v1/files?${'a&'.repeat(7250)}`));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_request', detail: expect.stringContaining('100') });
});

test.each([
  ['/api/v1/files?limit=1&limit=2', 'GET', 'limit'],
  ['/api/v1/files/stream?max_downloads=1&max_downloads=2', 'POST', 'max_downloads'],
  ['/api/v1/files/stream?filename=a&filename=b', 'POST', 'filename'],
])('%s: the parameter that is given twice is named', async (target, method, path) => {
  const problem = problemIn(await ask(target, { method, headers: 'Content-Length: 0\r\n' }));
  expect(problem).toMatchObject({ status: 400, errors: [{ path, message: 'must be given once' }] });
});
