import { AppError } from '@wharf/service-kit';
import { GrowingBuffer } from './growing-buffer.js';
import { type PartHeaders, readPartHeaders } from './part-headers.js';

/** What a form is made of, in the order of its bytes. Data are views of the pieces that were read, and their reader's. */
export type FormEvent = { type: 'part'; headers: PartHeaders } | { type: 'data'; bytes: Buffer } | { type: 'partEnd' };

type Stage = 'preamble' | 'headers' | 'data' | 'epilogue';

/** What stands after the characters of a delimiter. Without its line's end they are no delimiter, and part of the data. */
type Delimiter = { is: 'open'; end: number } | { is: 'last' } | { is: 'none' } | { is: 'undecided' };

const longestHeaders = 16 * 1024;
const longestPadding = 256;
const nothing = Buffer.alloc(0);
const endOfHeaders = Buffer.from('\r\n\r\n');
const [tab, lineFeed, carriageReturn, space, hyphen] = [9, 10, 13, 32, 45];

/**
 * Takes a form apart (RFC 2046 §5.1, RFC 7578) as its pieces come. A boundary is looked for by `Buffer.indexOf`, which passes over
 * data far faster than a step for each byte; what cannot be judged before the next piece is kept until then.
 * Throws `invalid_request`. A form is whole only if `isComplete` at the end of its body.
 */
export class FormParser {
  private stage: Stage = 'preamble';
  private readonly delimiter: Buffer;
  private bytes: Buffer;
  /** Where in `bytes` the next thing begins. */
  private at = 0;
  /**
   * How many bytes from there on belong to the line before: a delimiter begins with a line's end, which may be that of the
   * headers when a part is empty (RFC 2046 §5.1.1).
   */
  private lead = 0;
  /** Headers that come in several pieces. */
  private headers: GrowingBuffer | undefined;
  /** How many bytes of the headers are known not to end them: with each further piece the search goes on behind these. */
  private searchedBytes = 0;

  constructor(boundary: Buffer) {
    this.delimiter = Buffer.concat([Buffer.from('\r\n--'), boundary]);
    // The first delimiter has no line before it: as if one had just ended.
    this.bytes = Buffer.from('\r\n');
  }

  /** Whether the last boundary has come. */
  get isComplete(): boolean {
    return this.stage === 'epilogue';
  }

  *read(piece: Buffer): Generator<FormEvent, void> {
    if (this.isComplete) return;
    this.bytes = this.join(piece);
    this.at = 0;
    for (let hasMore = true; hasMore; ) {
      if (this.stage === 'headers') hasMore = yield* this.readHeaders();
      else hasMore = yield* this.readToDelimiter();
    }
    // Whoever took the last event may have emptied the piece.
    const isKept = this.at < this.bytes.length && !this.isComplete;
    this.bytes = isKept ? this.bytes.subarray(this.at) : nothing;
  }

  /** What was kept of the pieces before, and this one. */
  private join(piece: Buffer): Buffer {
    const kept = this.bytes;
    if (kept.length === 0) return piece;
    // Outside of headers it is less than a delimiter and its padding.
    if (this.stage !== 'headers') return Buffer.concat([kept, piece]);
    if (!this.headers) {
      this.headers = new GrowingBuffer();
      this.headers.append(kept);
    }
    this.headers.append(piece);
    return this.headers.bytes;
  }

  /** Gives whether there is more to be read now; so do those below. */
  private *readHeaders(): Generator<FormEvent, boolean> {
    // From the end of the delimiter's line on: where there are no headers, that is the first half of what is looked for.
    const end = this.bytes.indexOf(endOfHeaders, this.at + this.searchedBytes);
    const length = (end < 0 ? this.bytes.length : end) - this.at;
    if (length > longestHeaders) {
      throw new AppError('invalid_request', `the headers of a part have more than ${longestHeaders} bytes`);
    }
    if (end < 0) {
      this.searchedBytes = Math.max(0, length - endOfHeaders.length + 1);
      return false;
    }
    this.headers = undefined;
    this.searchedBytes = 0;
    yield { type: 'part', headers: readPartHeaders(this.bytes.subarray(this.at + 2, end + 2)) };
    this.at = end + 2;
    this.lead = 2;
    this.stage = 'data';
    return true;
  }

  private *readToDelimiter(): Generator<FormEvent, boolean> {
    const { bytes, delimiter } = this;
    for (let from = this.at; ; ) {
      const found = bytes.indexOf(delimiter, from);
      if (found < 0) {
        yield* this.passTo(this.startOfPartOfDelimiter(from));
        return false;
      }
      const after = this.judge(found + delimiter.length);
      if (after.is === 'none') {
        from = found + delimiter.length;
        continue;
      }
      yield* this.passTo(found);
      if (after.is === 'undecided') return false;
      if (this.stage === 'data') yield { type: 'partEnd' };
      this.lead = 0;
      this.stage = after.is === 'last' ? 'epilogue' : 'headers';
      // The end of the delimiter's line is kept, see `readHeaders`.
      if (after.is === 'open') this.at = after.end - 2;
      return after.is === 'open';
    }
  }

  /** Goes on to `end`; what lies before it are data, or text outside of all parts that nobody wants. */
  private *passTo(end: number): Generator<FormEvent, void> {
    const start = this.at + this.lead;
    this.lead = Math.max(0, start - end);
    this.at = end;
    if (this.stage === 'data' && end > start) yield { type: 'data', bytes: this.bytes.subarray(start, end) };
  }

  /** Where the bytes end in what may become a delimiter with the next piece; else their end. */
  private startOfPartOfDelimiter(from: number): number {
    const { bytes, delimiter } = this;
    for (let start = Math.max(from, bytes.length - delimiter.length + 1); start < bytes.length; start++) {
      start = bytes.indexOf(carriageReturn, start);
      if (start < 0) break;
      if (delimiter.compare(bytes, start, bytes.length, 0, bytes.length - start) === 0) return start;
    }
    return bytes.length;
  }

  private judge(end: number): Delimiter {
    const { bytes } = this;
    if (bytes[end] === hyphen) {
      if (end + 1 === bytes.length) return { is: 'undecided' };
      return { is: bytes[end + 1] === hyphen ? 'last' : 'none' };
    }
    let at = end;
    while (bytes[at] === space || bytes[at] === tab) at++;
    if (at - end > longestPadding) return { is: 'none' };
    if (at === bytes.length) return { is: 'undecided' };
    if (bytes[at] !== carriageReturn) return { is: 'none' };
    if (at + 1 === bytes.length) return { is: 'undecided' };
    return bytes[at + 1] === lineFeed ? { is: 'open', end: at + 2 } : { is: 'none' };
  }
}
