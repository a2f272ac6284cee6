import { randomBytes } from 'node:crypto';
import type { Attack } from './attack.ts';
import { type Exchange, exchange, head, inLanes, upload } from './exchange.ts';
import { Faults } from './faults.ts';

const size = 1_000_000;
const tries = 50;

/** Ranges that are the file, or nearly. */
const ranges = ['0-', '1-', `0-${size - 1}`, `0-${size - 2}`, `-${size}`, `-${size - 1}`, '0-700000', '300000-'];

export const wholeRanges: Attack = {
  name: 'fifty whole ranges of a file with one download',
  holds: 'it is given about once',
  seconds: { full: 30, short: 15 },
  async run(target, signal) {
    const faults = new Faults();
    const tested = target.isShort ? ranges.slice(0, 2) : ranges;
    for (const range of tested) {
      for (const width of [1, 10]) {
        const uid = await upload(target, randomBytes(size), '?max_downloads=1');
        const request = head('GET', `/api/v1/files/${uid}`, { Range: `bytes=${range}`, Connection: 'close' });
        let given = 0;
        await inLanes(width, signal, async () => (given += await bodyLength(exchange(target, request))), tries);
        const copies = given / size;
        if (copies > 1.1) faults.add(`bytes=${range}, ${width} at a time: ${copies.toFixed(1)} copies`);
      }
    }
    return faults.list();
  },
};

async function bodyLength(exchanged: Promise<Exchange>): Promise<number> {
  const { receivedBytes, status, text } = await exchanged;
  return status === 206 || status === 200 ? receivedBytes - text.indexOf('\r\n\r\n') - 4 : 0;
}
