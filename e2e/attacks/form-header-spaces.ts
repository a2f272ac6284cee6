import type { Attack } from './attack.ts';
import { complaintOf, exchange, inLanes } from './exchange.ts';
import { Faults } from './faults.ts';
import { formHead, lastBoundary, part } from './forms.ts';

const parts = 60;
const blanks = 16_000;

/** Lines in which a pattern might look for the end of the blanks from each blank anew. */
const lines = [
  `X: a${' '.repeat(blanks)}b\r\n`,
  `X: a${'\t'.repeat(blanks)}b\r\n`,
  `X:${' \t'.repeat(blanks / 2)}b\r\n`,
  `Content-Type: text/plain;${' '.repeat(blanks)}b\r\n`,
  `Content-Type: ${'a;'.repeat(blanks / 2)}\r\n`,
  `X: a\r\n${' \r\n'.repeat(blanks / 4)} b\r\n`,
  `X${' '.repeat(blanks)}: b\r\n`,
];

export const formHeaderSpaces: Attack = {
  name: 'form headers of 16,000 blanks',
  holds: 'a form of a megabyte is answered like any other',
  seconds: { full: 10, short: 3 },
  async run(target, signal) {
    const faults = new Faults();
    await inLanes(2, signal, async (index) => {
      const line = lines[index % lines.length] as string;
      const form = Array.from({ length: parts }, (_, each) => part(`field-${each}`, line)).join('') + lastBoundary;
      const complaint = complaintOf('the form', await exchange(target, formHead(form.length) + form));
      if (complaint) faults.add(complaint);
    });
    return faults.list();
  },
};
