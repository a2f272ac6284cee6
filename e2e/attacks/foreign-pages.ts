import type { Attack, Target } from './attack.ts';
import { exchange, head, jsonOf, upload } from './exchange.ts';
import { Faults } from './faults.ts';

interface Case {
  what: string;
  status: number;
  request: string;
}

const close = { Connection: 'close' };
const hosts = [
  'evil.example',
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '0x7f000001.nip.io',
];
const origins = [
  'https://evil.example',
  'null',
  'http://127.0.0.1.evil.example',
  'http://localhost.evil.example',
  'file://',
];
const form = 'Content-Type: text/plain';

export const foreignPages: Attack = {
  name: 'pages of other sites: DNS rebinding, forms',
  holds: 'another Host is misdirected (421), a change for another Origin forbidden (403); our own pages work',
  seconds: { full: 20, short: 10 },
  async run(target) {
    const faults = new Faults();
    const uid = await upload(target, Buffer.from('mine'));
    for (const { request, status, what } of [...ofOtherHosts(), ...ofOtherOrigins(uid), ...ofOurs(target)]) {
      const answer = await exchange(target, request);
      if (answer.status !== status) faults.add(`${what}: ${answer.status} instead of ${status}`);
    }
    const kept = await exchange(target, head('GET', `/api/v1/files/${uid}/metadata`, close));
    if (kept.status !== 200 || jsonOf<{ status: string }>(kept).status === 'deleted') faults.add('a file was deleted');
    return faults.list();
  },
};

function ofOtherHosts(): Case[] {
  const paths = ['/api/v1/files', '/openapi.json', '/docs', '/api/v1/links/x'];
  return hosts.flatMap((Host) =>
    paths.map((path) => ({
      what: `Host ${Host}, ${path}`,
      status: 421,
      request: head('GET', path, { Host, ...close }),
    })),
  );
}

function ofOtherOrigins(uid: string): Case[] {
  const changes = [
    ['POST', '/api/v1/files/stream'],
    ['POST', `/api/v1/files/${uid}/links`],
    ['PATCH', `/api/v1/files/${uid}`],
    ['DELETE', `/api/v1/files/${uid}`],
  ] as const;
  const marks: Record<string, string>[] = [
    ...origins.map((Origin) => ({ Origin })),
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ];
  return changes.flatMap(([method, path]) =>
    marks.map((mark) => ({
      what: `${method} ${path.replace(uid, '{uid}')} of ${JSON.stringify(mark)}`,
      status: 403,
      request: `${head(method, path, { ...mark, ...close, 'Content-Length': 1 }).replace('\r\n\r\n', `\r\n${form}\r\n\r\n`)}x`,
    })),
  );
}

function ofOurs({ port }: Target): Case[] {
  const upload = (headers: Record<string, string>) =>
    `${head('POST', '/api/v1/files/stream', { ...close, 'Content-Length': 1, ...headers })}x`;
  return [`127.0.0.1:${port}`, `localhost:${port}`, `LOCALHOST:${port}`].map((Host) => ({
    what: `our own page at ${Host}`,
    status: 201,
    request: upload({ Host, Origin: `http://${Host.toLowerCase()}`, 'Sec-Fetch-Site': 'same-origin' }),
  }));
}
