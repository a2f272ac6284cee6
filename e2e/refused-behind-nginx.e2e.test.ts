import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoneGateway } from './gateway-process.ts';
import { type Nginx, startNginx } from './nginx.ts';
import { uploadThenRead } from './whole-upload.ts';

const mebibyte = 1024 * 1024;
/** The full form is 200 uploads of up to 50 MB: `REFUSED_UPLOADS=200 REFUSED_UPLOAD_BYTES=52428800`. */
const uploadCount = Number(process.env.REFUSED_UPLOADS ?? 20);
const mostBytes = Number(process.env.REFUSED_UPLOAD_BYTES ?? 10 * mebibyte);
const lanes = 4;

let gateway: Awaited<ReturnType<typeof startLoneGateway>>;

beforeAll(async () => {
  gateway = await startLoneGateway({ MAX_FILE_SIZE: String(mebibyte / 2), ALLOWED_HOSTS: '127.0.0.1' });
});

afterAll(() => gateway?.close());

const refusals: [status: number, line: string, headers: string][] = [
  [413, 'POST /api/v1/files/stream', ''],
  [404, 'POST /upload', ''],
  [400, 'PUT /api/v1/files/stream', 'Content-Range: bytes 0-9/10\r\n'],
  [415, 'PUT /api/v1/files/stream', 'Content-Encoding: gzip\r\n'],
  [403, 'POST /api/v1/files', 'Origin: https://evil.test\r\n'],
  [405, 'POST /metrics', ''],
  [503, 'POST /api/v1/files/stream', 'Idempotency-Key: k\r\n'],
  [413, 'POST /api/v1/files', 'Content-Type: multipart/form-data; boundary=edge\r\n'],
];

describe.each<[string, string[]]>([
  ['defaults', []],
  ['the documented settings', ['proxy_request_buffering off']],
  [
    'HTTP/1.1 to the gateway',
    ['proxy_request_buffering off', 'proxy_http_version 1.1', "proxy_set_header Connection ''"],
  ],
])('nginx with %s', (_settings, directives) => {
  let nginx: Nginx;

  beforeAll(async () => {
    // Without it nginx itself refuses what is longer than a mebibyte.
    nginx = await startNginx(gateway.url, '/nowhere', ['client_max_body_size 0', ...directives]);
  });

  afterAll(() => nginx?.stop());

  test(`passes the true status on for ${uploadCount} of ${uploadCount} refused uploads`, async () => {
    const waiting = Array.from({ length: uploadCount }, (_, index) => index).values();
    const statuses: { sent: number; told: string }[] = [];
    const runLane = async () => {
      for (const index of waiting) {
        const [status, line, headers] = refusals[index % refusals.length] as (typeof refusals)[number];
        const bodyBytes = mebibyte + Math.floor(((mostBytes - mebibyte) * index) / uploadCount);
        const answer = await uploadThenRead(nginx.url, {
          head: `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n${headers}Content-Length: ${bodyBytes}\r\n\r\n`,
          bodyBytes,
        });
        statuses.push({ sent: status, told: `${answer.statuses}${answer.wasReset ? ', reset' : ''}` });
      }
    };
    await Promise.all(Array.from({ length: lanes }, runLane));
    expect(statuses.filter(({ sent, told }) => told !== String(sent))).toEqual([]);
    expect(statuses).toHaveLength(uploadCount);
  }, 300_000);
});
