import { FormParser } from '../src/uploads/multipart/form-parser.js';

/** A form as a reader of the parser's events puts it together; bytes as Latin-1. */
export interface ReadForm {
  parts: { headers: Record<string, string>; data: string; hasEnded: boolean }[];
  isComplete: boolean;
}

/** Reads a form that comes in these pieces. */
export function readForm(boundary: Buffer, pieces: Iterable<Buffer>): ReadForm {
  const parser = new FormParser(boundary);
  const parts: ReadForm['parts'] = [];
  for (const piece of pieces) {
    for (const event of parser.read(piece)) {
      const last = parts.at(-1);
      if (event.type === 'part') {
        parts.push({ headers: Object.fromEntries(Object.entries(event.headers)) as never, data: '', hasEnded: false });
      } else if (!last || last.hasEnded) throw new Error('data outside of a part');
      else if (event.type === 'data') last.data += event.bytes.toString('latin1');
      else last.hasEnded = true;
    }
  }
  return { parts, isComplete: parser.isComplete };
}
