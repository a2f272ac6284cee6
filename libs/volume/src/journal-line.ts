/** A line of a segment: a promise, with bytes in base64, or the uids whose promises were kept or taken back. */
export type Line = { uid: string; content: unknown; bytes?: string } | { done: string[] };

/** Of a line: text, or bytes that stand there in base64. They meet only in the memory that goes to the disk. */
export type Piece = string | Buffer;

export function entryLine(uid: string, content: unknown, bytes?: Buffer): Piece[] {
  const line = lineOf({ uid, content });
  // Put in by hand: base64 has nothing to escape.
  return bytes ? [`${line.slice(0, -2)},"bytes":"`, bytes, '"}\n'] : [line];
}

export function lineOf(line: Line): string {
  return `${JSON.stringify(line)}\n`;
}

export function lengthOf(pieces: readonly Piece[]): number {
  let length = 0;
  for (const piece of pieces) {
    length += typeof piece === 'string' ? Buffer.byteLength(piece) : Math.ceil(piece.length / 3) * 4;
  }
  return length;
}

/** In memory of their own, to be given away. */
export function join(pieces: readonly Piece[], sizeBytes: number): Buffer<ArrayBuffer> {
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let offset = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') offset += bytes.write(piece, offset);
    else offset += bytes.write(piece.toString('base64'), offset, 'latin1');
  }
  return bytes;
}

export function parseLine(bytes: Buffer): Line | undefined {
  try {
    const line: unknown = JSON.parse(bytes.toString('utf8'));
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function isLine(line: unknown): line is Line {
  if (typeof line !== 'object' || line === null) return false;
  return 'done' in line ? Array.isArray(line.done) : 'uid' in line && typeof line.uid === 'string' && 'content' in line;
}
