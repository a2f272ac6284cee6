import { closeSync, openSync, writeSync } from 'node:fs';
import { Content } from '../client/content.ts';

/** Writes a content as a file, for servers that only send it. */
export function placeContent(file: string, { number, sizeBytes }: { number: number; sizeBytes: number }): void {
  const descriptor = openSync(file, 'w');
  for (const slice of new Content(number, sizeBytes).slices()) writeSync(descriptor, slice);
  closeSync(descriptor);
}
