/** Bytes from `start` to `end`, both inclusive. */
export interface ByteRange {
  start: number;
  end: number;
}

const singleRange = /^bytes=\s*(\d*)-(\d*)\s*$/i;

/**
 * What a `Range` header asks of a body of `sizeBytes` (RFC 9110 §14). A header that is malformed, or asks for several
 * ranges, counts as absent: the answer is the whole body. So does any range of an empty file, as nginx and Go have it: a
 * player that begins with `bytes=0-` is told of nothing rather than of an error.
 */
export function parseRange(header: string, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  const match = singleRange.exec(header);
  if (!match || sizeBytes === 0) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '') return suffixRange(last, sizeBytes);
  const start = Number(first);
  const end = last === '' ? Number.POSITIVE_INFINITY : Number(last);
  if (start > end) return 'whole';
  if (start >= sizeBytes) return 'unsatisfiable';
  return { start, end: Math.min(end, sizeBytes - 1) };
}

function suffixRange(length: string, sizeBytes: number): ByteRange | 'whole' | 'unsatisfiable' {
  if (length === '') return 'whole';
  if (Number(length) === 0) return 'unsatisfiable';
  return { start: Math.max(0, sizeBytes - Number(length)), end: sizeBytes - 1 };
}
