import type { Attack } from './attack.ts';
import { complaintOf, exchange } from './exchange.ts';
import { Faults } from './faults.ts';
import { formHead, lastBoundary, part } from './forms.ts';

const longestLine = 15_000;

export const formHeaderBytes: Attack = {
  name: 'form headers one byte at a time',
  holds: 'the form has an answer',
  seconds: { full: 60, short: 15 },
  async run(target) {
    const faults = new Faults();
    const parts = target.isShort ? 8 : 70;
    const form =
      Array.from({ length: parts }, (_, each) => part(`field-${each}`, `X: ${'a'.repeat(longestLine)}\r\n`)).join('') +
      lastBoundary;
    // A chunk of one byte reaches the parser as a piece of one byte, however the network puts them together.
    const chunks = Buffer.from(`${[...form].map((character) => `1\r\n${character}\r\n`).join('')}0\r\n\r\n`);
    const complaint = complaintOf('the form', await exchange(target, Buffer.concat([Buffer.from(formHead()), chunks])));
    if (complaint) faults.add(complaint);
    return faults.list();
  },
};
