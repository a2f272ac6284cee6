import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** The first line, without its end. */
export async function readPassword(input: Readable): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

/** 120 bits, as 20 characters. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url');
}
