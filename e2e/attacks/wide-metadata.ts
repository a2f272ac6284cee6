import type { Attack } from './attack.ts';
import { exchange, head, inLanes, upload } from './exchange.ts';
import { Faults } from './faults.ts';
import { boundary, formHead, lastBoundary, part } from './forms.ts';

const size = 250_000;
const keys = Array.from({ length: size / 10 }, (_, index) => `"k${index}":0`);
const values = [
  `{${keys.join(',').slice(0, size)}}`,
  `{"a":[${'[],'.repeat(size / 3)}[]]}`,
  `{"a":[${'{"":0},'.repeat(size / 7)}0]}`,
  `{"a":${'['.repeat(size / 2)}${']'.repeat(size / 2)}}`,
  `{"a":"${'\\u0061'.repeat(size / 6)}"}`,
];
const file = `--${boundary}\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n`;

export const wideMetadata: Attack = {
  name: '250 KB of JSON as metadata',
  holds: 'it is refused as the mistake of the client that it is',
  seconds: { full: 10, short: 2 },
  async run(target, signal) {
    const faults = new Faults();
    const uid = await upload(target, Buffer.from('x'));
    await inLanes(16, signal, async (index) => {
      const value = values[index % values.length] as string;
      const isForm = index % 2 === 0;
      const form = part('metadata', '', value) + file + lastBoundary;
      const json = `{"metadata":${value}}`;
      const headers = { 'Content-Type': 'application/json', 'Content-Length': json.length, Connection: 'close' };
      const sent = isForm ? formHead(form.length) + form : head('PATCH', `/api/v1/files/${uid}`, headers) + json;
      const { status } = await exchange(target, sent);
      if (status !== 400 && status !== 413) faults.add(`${isForm ? 'the form' : 'the change'} was answered ${status}`);
    });
    return faults.list();
  },
};
