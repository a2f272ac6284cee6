import { seededRandom } from '@wharf/test-kit';

export interface RandomForm {
  boundary: string;
  parts: { headers: Record<string, string>; data: string }[];
  body: Buffer;
}

/** Forms whose data are as like to boundaries as data may be; all text is Latin-1. */
export class RandomForms {
  private readonly random: () => number;

  /** `isPadded`: spaces after boundaries (RFC 2046 §5.1.1), which not every reader knows. */
  private readonly isPadded: boolean;

  constructor(seed: number, isPadded: boolean) {
    this.isPadded = isPadded;
    this.random = seededRandom(seed);
  }

  form(): RandomForm {
    const boundary = this.pick(['e', 'edge', '--', '-', '----WebKitFormBoundaryAbCdEf', 'x'.repeat(70)]);
    const parts = Array.from({ length: this.below(4) }, (_, index) => ({
      headers: { 'content-disposition': `form-data; name="${index}"; filename="f"`, 'content-type': 'a/b' },
      data: this.data(boundary),
    }));
    const pieces = parts.map(
      ({ headers, data }) =>
        `--${boundary}${this.pick(this.isPadded ? ['', '', ' ', '\t '] : [''])}\r\nContent-Disposition: ${headers['content-disposition']}\r\n` +
        `content-type: ${headers['content-type']}\r\n\r\n${data}\r\n`,
    );
    const preamble = this.pick(['', '', '\r\n', 'preamble\r\n']);
    const epilogue = this.pick(['', '\r\n', '\r\nepilogue']);
    return { boundary, parts, body: Buffer.from(`${preamble}${pieces.join('')}--${boundary}--${epilogue}`, 'latin1') };
  }

  /** A body cut at random places, mostly into very short pieces or very few. */
  split(body: Buffer): Buffer[] {
    const longest = this.pick([1, 3, 10, 100, body.length]);
    const pieces: Buffer[] = [];
    for (let start = 0; start < body.length; ) {
      const end = start + 1 + this.below(longest);
      pieces.push(body.subarray(start, end));
      start = end;
    }
    return pieces;
  }

  private data(boundary: string): string {
    const half = boundary.slice(0, -1);
    const bits = [
      '\r',
      '\n',
      '\r\n',
      '-',
      '--',
      '\r\n-',
      '\r\n--',
      `\r\n--${half}`,
      `--${boundary}`,
      'a',
      '\xff\0',
      ' ',
    ];
    const data = Array.from({ length: this.below(12) }, () => this.pick(bits)).join('');
    // What makes a boundary by accident would end the part.
    return `\r\n${data}\r\n`.includes(`\r\n--${boundary}`) ? half : data;
  }

  private pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)] as Item;
  }

  private below(limit: number): number {
    return Math.floor(this.random() * limit);
  }
}
