import type { Attack } from './attack.ts';
import { complaintOf, exchange, head, inLanes } from './exchange.ts';
import { Faults } from './faults.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'];
const targets = [
  'http://[',
  'http://',
  'http:///',
  'http://[::1',
  'http://%',
  'http://a:99999/',
  'http://user:password@[/',
  '//',
  '//[',
  '///',
  '*',
  '/%',
  '/%zz',
  '/%00',
  '/\\',
  '/api/v1/files/%E0%A4%A',
  '/api/v1/links/%C0%AF',
  '/docs/%2e%2e%2fpackage.json',
  '/api/v1/files?%',
  'javascript:alert(1)',
];

export const noUrl: Attack = {
  name: 'targets that are no URL',
  holds: 'each has an answer, and none is 500',
  seconds: { full: 30, short: 10 },
  async run(target, signal) {
    const faults = new Faults();
    const requests = targets.flatMap((each) => methods.map((method) => [method, each] as const));
    await inLanes(
      8,
      signal,
      async (index) => {
        const [method, requestTarget] = requests[index] as (typeof requests)[number];
        const answer = await exchange(
          target,
          head(method, requestTarget, { Connection: 'close', 'Content-Length': 0 }),
        );
        const complaint = complaintOf(`${method} ${requestTarget}`, answer);
        if (complaint) faults.add(complaint);
      },
      requests.length,
    );
    return faults.list();
  },
};
