import { randomBytes } from 'node:crypto';
import type { Attack } from './attack.ts';
import { complaintOf, exchange, head, inLanes, upload } from './exchange.ts';
import { Faults } from './faults.ts';

const ranges = [
  '0-0,'.repeat(3000),
  '0-,'.repeat(3000),
  `0-${'9'.repeat(15_000)}`,
  `-${'9'.repeat(400)}`,
  '9007199254740993-9007199254740994',
  '-0',
  '-',
  `${' '.repeat(10_000)}0-1`,
  ','.repeat(15_000),
  '1-0',
];

export const rangeFloods: Attack = {
  name: 'floods of ranges',
  holds: 'no range costs more than the file',
  seconds: { full: 10, short: 2 },
  async run(target, signal) {
    const faults = new Faults();
    const size = 1_000_000;
    const uid = await upload(target, randomBytes(size));
    await inLanes(16, signal, async (index) => {
      const range = ranges[index % ranges.length] as string;
      const answer = await exchange(
        target,
        head('GET', `/api/v1/files/${uid}`, { Range: `bytes=${range}`, Connection: 'close' }),
      );
      const complaint = complaintOf(`bytes=${range.slice(0, 20)}…`, answer);
      if (complaint) faults.add(complaint);
      if (answer.receivedBytes > size + 10_000) faults.add(`${range.slice(0, 20)}… was answered by more than the file`);
    });
    return faults.list();
  },
};
