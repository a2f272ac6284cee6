import { describe, expect, jest, test } from '@jest/globals';
import { type ReadForm, readForm } from '../../../test/read-form.js';
import { FormParser } from './form-parser.js';

const edge = Buffer.from('edge');

/** A form in one piece, in single bytes, and cut in two at every place: the same every time, and this is it. */
function readEveryWay(body: string): ReadForm {
  const bytes = Buffer.from(body, 'latin1');
  const whole = readForm(edge, [bytes]);
  const single = Array.from(bytes, (_, index) => bytes.subarray(index, index + 1));
  expect(readForm(edge, single)).toEqual(whole);
  for (let cut = 1; cut < bytes.length; cut++) {
    expect(readForm(edge, [bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
  }
  return whole;
}

const complete = (...parts: ReadForm['parts']): ReadForm => ({ parts, isComplete: true });
const part = (data: string, headers: Record<string, string> = { a: 'b' }) => ({ headers, data, hasEnded: true });

describe('forms that are whole', () => {
  test.each<[string, string, ReadForm]>([
    ['one part', '--edge\r\na: b\r\n\r\ndata\r\n--edge--\r\n', complete(part('data'))],
    ['no line end after the last boundary', '--edge\r\na: b\r\n\r\ndata\r\n--edge--', complete(part('data'))],
    [
      'two parts',
      '--edge\r\na: b\r\n\r\n1\r\n--edge\r\nc: d\r\n\r\n2\r\n--edge--',
      complete(part('1'), part('2', { c: 'd' })),
    ],
    ['no part', '--edge--\r\n', complete()],
    ['an empty part', '--edge\r\na: b\r\n\r\n\r\n--edge--', complete(part(''))],
    ['an empty part without a line of its own', '--edge\r\na: b\r\n\r\n--edge--', complete(part(''))],
    ['a part without headers', '--edge\r\n\r\ndata\r\n--edge--', complete(part('data', {}))],
    ['a part with nothing at all', '--edge\r\n\r\n--edge--', complete(part('', {}))],
    ['a preamble', 'This is a form.\r\n--edge\r\na: b\r\n\r\ndata\r\n--edge--', complete(part('data'))],
    ['a preamble of an empty line', '\r\n--edge\r\na: b\r\n\r\ndata\r\n--edge--', complete(part('data'))],
    [
      'a preamble with a boundary within its line',
      'see --edge\r\n\r\n--edge\r\na: b\r\n\r\ndata\r\n--edge--',
      complete(part('data')),
    ],
    ['an epilogue', '--edge\r\na: b\r\n\r\ndata\r\n--edge--\r\nbye\r\n--edge\r\n\r\nno part', complete(part('data'))],
    [
      'padding after a boundary',
      '--edge \t \r\na: b\r\n\r\n1\r\n--edge\t\r\na: b\r\n\r\n2\r\n--edge-- \r\n',
      complete(part('1'), part('2')),
    ],
    [
      'line ends in the data',
      '--edge\r\na: b\r\n\r\n\r\n\r\n1\r\n\r2\n3\r\n\r\n--edge--',
      complete(part('\r\n\r\n1\r\n\r2\n3\r\n')),
    ],
    [
      'the beginning of a boundary in the data',
      '--edge\r\na: b\r\n\r\n1\r\n--edg\r\n--ed\r\n-\r\n--edge--',
      complete(part('1\r\n--edg\r\n--ed\r\n-')),
    ],
    [
      'a boundary within a line of the data',
      '--edge\r\na: b\r\n\r\n1--edge\r\n2\n--edge--\r\n--edge--',
      complete(part('1--edge\r\n2\n--edge--')),
    ],
    [
      'a line that only begins like a boundary',
      '--edge\r\na: b\r\n\r\n1\r\n--edges\r\n2\r\n--edge-\r\n3\r\n--edge\n\r\n--edge--',
      complete(part('1\r\n--edges\r\n2\r\n--edge-\r\n3\r\n--edge\n')),
    ],
    [
      'a boundary right after one that is none',
      '--edge\r\na: b\r\n\r\n1\r\n--edge\r\r\n--edge--',
      complete(part('1\r\n--edge\r')),
    ],
    [
      'names of headers in any case, values with spaces',
      '--edge\r\nCoNtEnT-MD5:x  y \t\r\nb:\r\n\r\n1\r\n--edge--',
      complete(part('1', { 'content-md5': 'x  y', b: '' })),
    ],
    [
      'blanks wherever a header may have them',
      '--edge\r\na \t: \t b \t c \t \r\nd:  \t\r\n\r\n1\r\n--edge--',
      complete(part('1', { a: 'b \t c', d: '' })),
    ],
    ['a folded header', '--edge\r\na: b;\r\n\t c\r\n\r\n1\r\n--edge--', complete(part('1', { a: 'b; c' }))],
    ['a repeated header', '--edge\r\na: b\r\nA: c\r\n\r\n1\r\n--edge--', complete(part('1', { a: 'b, c' }))],
    [
      'bytes beyond ASCII',
      '--edge\r\na: \xc3\xa9\r\n\r\n\x00\xff\r\n--edge--',
      complete(part('\x00\xff', { a: '\xc3\xa9' })),
    ],
    [
      'a header with the name of every prototype',
      '--edge\r\n__proto__: b\r\n\r\n1\r\n--edge--',
      complete(part('1', JSON.parse('{"__proto__":"b"}'))),
    ],
  ])('%s', (_what, body, read) => {
    expect(readEveryWay(body)).toEqual(read);
  });
});

describe('forms that end too early', () => {
  const first = '--edge\r\na: b\r\n\r\n';
  test.each([
    ['nothing', '', []],
    ['text without a boundary', 'hello\r\n', []],
    ['half a boundary', '--ed', []],
    ['a boundary', '--edge\r\n', []],
    ['half of the headers', '--edge\r\na: b\r\n', []],
    ['headers', first, [{ ...part(''), hasEnded: false }]],
    ['data', `${first}data`, [{ ...part('data'), hasEnded: false }]],
    ['data and what may become a boundary', `${first}data\r\n--ed`, [{ ...part('data'), hasEnded: false }]],
    ['a boundary without its line end', `${first}data\r\n--edge`, [{ ...part('data'), hasEnded: false }]],
    ['half of the last boundary', `${first}data\r\n--edge-`, [{ ...part('data'), hasEnded: false }]],
    ['a part without the last boundary', `${first}data\r\n--edge\r\n`, [part('data')]],
    ['lines that end with LF alone', '--edge\na: b\n\ndata\n--edge--\n', []],
    ['another boundary', '--other\r\na: b\r\n\r\ndata\r\n--other--\r\n', []],
  ])('%s', (_what, body, parts) => {
    expect(readEveryWay(body)).toEqual({ parts, isComplete: false });
  });
});

describe('what is refused', () => {
  const long = 'x'.repeat(16_400);
  test.each([
    ['headers that end with LF alone', 'a: b\nc: d\r\n\r\n'],
    ['a header without a colon', 'a\r\n\r\n'],
    ['a header without a name', ': b\r\n\r\n'],
    ['a name with a space', 'a b: c\r\n\r\n'],
    ['a NUL', 'a: \0\r\n\r\n'],
    ['a lone CR', 'a: b\rc\r\n\r\n'],
    ['more headers than anybody needs', `${'a: b\r\n'.repeat(65)}\r\n`],
    ['a name behind a blank', ' a: b\r\n\r\n'],
    ['a value beyond all reason', `a: ${long}\r\n\r\n`],
    ['headers without an end', `a: ${long}`],
  ])('%s', (_what, headers) => {
    expect(() => readForm(edge, [Buffer.from(`--edge\r\n${headers}1\r\n--edge--`)])).toThrow(
      expect.objectContaining({ code: 'invalid_request' }),
    );
  });
});

test('memory is bounded: of data only what may become a boundary is kept', () => {
  const parser = new FormParser(edge);
  for (const _event of parser.read(Buffer.from('--edge\r\n\r\n')));
  let seenBytes = 0;
  const piece = Buffer.from(`${'x'.repeat(1000)}\r\n--edg`);
  for (let count = 0; count < 100; count++) {
    for (const event of parser.read(piece)) if (event.type === 'data') seenBytes += event.bytes.length;
    expect((count + 1) * piece.length - seenBytes).toBe('\r\n--edg'.length);
  }
});

test('a reader may free the data that it has taken', () => {
  const parser = new FormParser(edge);
  const texts: string[] = [];
  for (const piece of ['--edge\r\n\r\nfirst', 'second', 'third\r\n--edge--']) {
    const own = Buffer.from(new ArrayBuffer(piece.length));
    own.write(piece);
    for (const event of parser.read(own)) {
      if (event.type !== 'data') continue;
      texts.push(event.bytes.toString());
      if (event.bytes.length === piece.length) own.buffer.transfer(0);
    }
  }
  expect({ texts, isComplete: parser.isComplete }).toEqual({ texts: ['first', 'second', 'third'], isComplete: true });
});

test('padding without an end is no boundary', () => {
  const data = `1\r\n--edge${' '.repeat(1000)}`;
  expect(readForm(edge, [Buffer.from(`--edge\r\n\r\n${data}\r\n--edge--`)])).toEqual(complete(part(data, {})));
});

describe('a form that comes byte by byte costs eight times as much where it is eight times as long', () => {
  /** Bytes that were searched or copied. */
  function workOf(body: string): number {
    const bytes = Buffer.from(body, 'latin1');
    const spies = [
      jest.spyOn(Buffer.prototype, 'indexOf'),
      jest.spyOn(Buffer.prototype, 'copy'),
      jest.spyOn(Buffer, 'concat'),
    ] as const;
    try {
      expect(
        readForm(
          edge,
          Array.from(bytes, (_, index) => bytes.subarray(index, index + 1)),
        ).isComplete,
      ).toBe(true);
      const [searches, copies, joins] = spies;
      const searched = searches.mock.calls.map(
        ([, from], call) => (searches.mock.contexts[call] as Buffer).length - Number(from ?? 0),
      );
      const joined = joins.mock.results.map(({ value }) => (value as Buffer).length);
      return [...searched, ...copies.mock.results.map(({ value }) => Number(value)), ...joined].reduce(
        (sum, each) => sum + each,
        0,
      );
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
  }

  const form = (headers: string, data = '') => `--edge\r\n${headers}\r\n\r\n${data}\r\n--edge--`;
  test.each<[string, (count: number) => string]>([
    ['a long value', (count) => form(`a: ${'x'.repeat(count)}`)],
    ['blanks within a value', (count) => form(`a: b${' '.repeat(count)}c`)],
    ['the ends of lines within a value', (count) => form(`a: ${'b\r\n '.repeat(count / 4)}`)],
    ['data', (count) => form('a: b', 'x'.repeat(count))],
    ['data of CRs', (count) => form('a: b', '\r'.repeat(count))],
    ['data of beginnings of a boundary', (count) => form('a: b', '\r\n--edg'.repeat(count / 8))],
    [
      'data of boundaries with padding and without an end',
      (count) => form('a: b', `\r\n--edge${' '.repeat(241)}x`.repeat(count / 250)),
    ],
    ['a preamble', (count) => `${'x'.repeat(count)}\r\n${form('a: b')}`],
    ['an epilogue', (count) => `${form('a: b')}\r\n${'x'.repeat(count)}`],
    ['parts', (count) => `--edge\r\n\r\n${'\r\n--edge\r\n\r\n'.repeat(count / 16)}\r\n--edge--`],
  ])('%s', (_what, bodyOf) => {
    const once = workOf(bodyOf(2000));
    expect(workOf(bodyOf(16_000))).toBeLessThan(12 * once);
  });
});
