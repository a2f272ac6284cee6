import type { Attack } from './attack.ts';
import { complaintOf, exchange, head, inLanes } from './exchange.ts';
import { Faults } from './faults.ts';

const host = 'Host: 127.0.0.1\r\nConnection: close\r\n';
const stream = 'POST /api/v1/files/stream HTTP/1.1\r\n';
const chunked = `${stream}${host}Transfer-Encoding: chunked\r\n\r\n`;

/** Each is wrong, or reads in two ways; none may be taken for an upload. */
const requests = {
  'a header of 100 KB': head('GET', '/health/live', { X: 'x'.repeat(100_000) }),
  'a target of 100 KB': head('GET', `/${'x'.repeat(100_000)}`),
  '5,000 headers': `GET /health/live HTTP/1.1\r\n${host}${'X: y\r\n'.repeat(5000)}\r\n`,
  'a chunk size that is none': `${chunked}zz\r\n`,
  'a negative chunk size': `${chunked}-1\r\nx\r\n0\r\n\r\n`,
  'a chunk larger than any': `${chunked}fffffffffffffffff\r\nx\r\n`,
  'chunk extensions of 100 KB': `${chunked}1;${'x'.repeat(100_000)}\r\nx\r\n0\r\n\r\n`,
  'a chunk without its end': `${chunked}1\r\nxx\r\n0\r\n\r\n`,
  'trailers of 100 KB': `${chunked}1\r\nx\r\n0\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`,
  'length and chunks': `${stream}${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
  'two lengths': `${stream}${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx`,
  'an encoding that is none': `${stream}${host}Transfer-Encoding: chunked, identity\r\n\r\n1\r\nx\r\n0\r\n\r\n`,
  'a folded header': `${stream}${host}X: a\r\n b\r\nContent-Length: 1\r\n\r\nx`,
  'a blank before the colon': `${stream}${host}Content-Length : 1\r\n\r\nx`,
  'line feeds alone': `${stream}${host}Content-Length: 1\r\n\r\nx`.replaceAll('\r\n', '\n'),
  'a NUL in a header': `${stream}${host}X: \0\r\nContent-Length: 1\r\n\r\nx`,
  'two hosts': `GET /health/live HTTP/1.1\r\nHost: a\r\n${host}\r\n`,
  'a length above any file': head('POST', '/api/v1/files/stream', { 'Content-Length': '9007199254740993' }),
  'a length above any number': head('POST', '/api/v1/files/stream', { 'Content-Length': '9'.repeat(30) }),
  'a negative length': head('POST', '/api/v1/files/stream', { 'Content-Length': -1 }),
  'a length in hex': head('POST', '/api/v1/files/stream', { 'Content-Length': '0x10' }),
};

export const malformedHeads: Attack = {
  name: 'malformed heads and chunks, huge headers and lengths',
  holds: 'each is refused by an answer, and no half of it is stored',
  seconds: { full: 10, short: 4 },
  async run(target, signal) {
    const faults = new Faults();
    const entries = Object.entries(requests);
    await inLanes(16, signal, async (index) => {
      const [what, request] = entries[index % entries.length] as [string, string];
      const answer = await exchange(target, request, { ends: true });
      const complaint = complaintOf(what, answer);
      if (complaint) faults.add(complaint);
      if (answer.status === 201 || answer.status === 202) faults.add(`${what} was stored`);
    });
    return faults.list();
  },
};
