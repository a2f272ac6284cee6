import { cases, chunked, ends, get, hello, host, length, line, open, put, type RawCase, smuggled } from './raw-case.ts';

const refused = (connection: string, body: string) =>
  put(`${connection}Content-Range: bytes 0-4/9\r\n${length(5)}`, body);
const chunkedRefused = (connection: string) =>
  put(`${connection}Content-Range: bytes 0-4/9\r\nTransfer-Encoding: chunked\r\n`, `5\r\nhello\r\nzz\r\n${smuggled}`);
const upgrade = (headers: string) => get(`Connection: upgrade\r\n${headers}`);
const webSocket = 'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';

export const connections: RawCase[] = [
  ...cases('§9.3 persistence', [
    ['two requests', get() + get(), '200 200', open],
    ['an upload between two requests', get() + put(length(5)) + get(), '200 201 200', open],
    ['HTTP/1.0', line('GET /health/live HTTP/1.0'), '200'],
    ['HTTP/1.0, kept alive', line('GET /health/live HTTP/1.0', `${host}Connection: keep-alive\r\n`), '200', open],
    ['a refused upload, and a request behind its body', refused('', `hello${get()}`), '400 200', open],
    ['a refused upload, and an unreadable body', chunkedRefused(''), '400'],
  ]),
  ...cases('§9.6 closing', [
    ['close', get('Connection: close\r\n'), '200'],
    ['CLOSE among others', get('Connection: x-a, CLOSE\r\n'), '200'],
    ['close, and a request behind it', get('Connection: close\r\n') + smuggled, '200'],
    [
      'a refused upload that closes, and a request behind it',
      refused('Connection: close\r\n', `hello${smuggled}`),
      '400',
    ],
    ['a refused upload that closes, and an unreadable body', chunkedRefused('Connection: close\r\n'), '400'],
    [
      'a Host that is refused, and a request behind it',
      line('GET /metrics HTTP/1.1', 'Host: a b\r\n') + smuggled,
      '400',
    ],
    ['what is unreadable, and a request behind it', `hello\r\n\r\n${smuggled}`, '400'],
    ['what is unreadable behind two requests', `${get() + put(length(5))}hello\r\n\r\n${smuggled}`, '200 201 400'],
    ['CONNECT, and a request behind it', line('CONNECT localhost:80 HTTP/1.1') + smuggled, '405'],
    ['a client that ends behind GET', get(), '200', ends],
    ['a client that ends behind an upload', put(length(5)), '201', ends],
    ['a client that ends behind chunks', chunked(hello), '201', ends],
    ['a client that ends behind HTTP/1.0', put(length(5), 'hello', '1.0'), '201', ends],
    ['a client that ends behind three requests', get() + put(length(5)) + get(), '200 201 200', ends],
    ['a client that ends within the second request', `${put(length(5))}GET /hea`, '201 400', ends],
    [
      'a client that ends within the second body',
      put(length(5)) + put(length(9)).replace('{name}', 'cut'),
      '201 400',
      ends,
    ],
  ]),
  ...cases('RFC 9110 §7.8 Upgrade', [
    ['a WebSocket', upgrade(webSocket), '200|426'],
    ['a WebSocket of another version', upgrade(webSocket.replace('13', '99')), '200|426'],
    [
      'HTTP/2',
      get('Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n'),
      '200',
    ],
    ['an unknown protocol', upgrade('Upgrade: foo/9\r\n'), '200'],
    ['without the connection option', get('Upgrade: websocket\r\n'), '200'],
    ['by HTTP/1.0', line('GET /health/live HTTP/1.0', `${host}Connection: upgrade\r\nUpgrade: websocket\r\n`), '200'],
    ['of an upload', put(`Connection: upgrade\r\nUpgrade: websocket\r\n${length(5)}`), '201'],
    [
      'of an upload in chunks',
      put('Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n', hello),
      '201',
    ],
    [
      'and a request behind it, which may not get lost in silence',
      upgrade('Upgrade: foo\r\n') + smuggled,
      '200|200 201',
    ],
  ]),
];
