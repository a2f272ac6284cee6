import fc from 'fast-check';
import { head } from '../exchange.ts';
import { formHead, lastBoundary, part } from '../forms.ts';

const close = { Connection: 'close' };
const form =
  part('metadata', '', '{"a":1}') +
  part('f', 'Content-Type: text/plain\r\n', 'text').replace('name="f"', 'name="f"; filename="f"') +
  lastBoundary;

/** What is mutated: one request of every kind that is read differently. */
function requestsAbout(uid: string): string[] {
  const json = '{"original_name":"a.txt"}';
  return [
    head('GET', '/health/live', close),
    head('GET', `/api/v1/files/${uid}`, { Range: 'bytes=0-3', 'If-Range': '"x"', ...close }),
    head('HEAD', `/api/v1/files/${uid}`, { 'If-None-Match': '"x", W/"y"', ...close }),
    head('GET', '/api/v1/files?limit=2&q=a&created_after=2026-01-01T00%3A00%3A00Z', close),
    `${head('POST', '/api/v1/files/stream?filename=a.txt&max_downloads=2', { 'Content-Length': 4, ...close })}text`,
    `${head('POST', '/api/v1/files/stream', { 'Transfer-Encoding': 'chunked', ...close })}4\r\ntext\r\n0\r\n\r\n`,
    `${head('POST', '/api/v1/files/stream', { Expect: '100-continue', 'Content-Length': 4, ...close })}text`,
    formHead(form.length) + form,
    head('PATCH', `/api/v1/files/${uid}`, {
      'Content-Type': 'application/json',
      'Content-Length': json.length,
      ...close,
    }) + json,
    head('OPTIONS', '/api/v1/files', {
      Origin: 'https://a.example',
      'Access-Control-Request-Method': 'POST',
      ...close,
    }),
  ];
}

/** Pieces that mean something to those who read HTTP. */
const pieces = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  '"',
  '%00',
  '%',
  '[',
  '//',
  'http://[',
  '?a&a&a',
  '\xff\xfe',
  '--edge',
  '--edge--\r\n',
  'Content-Length: 0\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 99999999999999999999\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Content-Encoding: gzip\r\n',
  'Connection: upgrade\r\nUpgrade: h2c\r\n',
  'Connection: upgrade\r\nUpgrade: websocket\r\n',
  'Expect: 100-continue\r\n',
  'Host: \r\n',
  'Idempotency-Key: a\r\n',
  'Content-Digest: sha-256=:AAAA:\r\n',
  'X-Forwarded-For: ,,,\r\n',
  'ffffffff\r\n',
  '0\r\n\r\n',
  'GET / HTTP/1.1\r\n\r\n',
];

/** Bytes that were a request before something happened to them. */
export function rawRequests(uid: string): fc.Arbitrary<Buffer> {
  const change = fc.oneof(
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), piece: fc.constantFrom(...pieces) }),
    fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), piece: latin1 }),
    fc.record({ kind: fc.constant('replace' as const), at: fc.nat(), piece: fc.constantFrom(...pieces) }),
    fc.record({ kind: fc.constant('remove' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 50 }) }),
    fc.record({ kind: fc.constant('cut' as const), at: fc.nat() }),
  );
  return fc
    .tuple(fc.constantFrom(...requestsAbout(uid)), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([request, changes]) => Buffer.from(changes.reduce(apply, request), 'latin1'));
}

const latin1 = fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

type Change =
  | { kind: 'insert' | 'replace'; at: number; piece: string }
  | { kind: 'remove' | 'repeat'; at: number; length: number }
  | { kind: 'cut'; at: number };

function apply(text: string, change: Change): string {
  const at = change.at % (text.length + 1);
  const [before, after] = [text.slice(0, at), text.slice(at)];
  switch (change.kind) {
    case 'insert':
      return before + change.piece + after;
    case 'replace':
      return before + change.piece + after.slice(change.piece.length);
    case 'remove':
      return before + after.slice(change.length);
    case 'repeat':
      return before + after.slice(0, change.length).repeat(5) + after;
    case 'cut':
      return before;
  }
}
