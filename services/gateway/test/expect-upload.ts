import { createHash } from 'node:crypto';
import { expect } from '@jest/globals';
import { fileOf } from './tus-client.js';

export async function expectFile(url: string, bytes: Uint8Array): Promise<void> {
  const file = await fetch(fileOf(url));
  expect(file.status).toBe(200);
  expect(file.headers.get('ETag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`);
  expect(Buffer.from(await file.arrayBuffer()).equals(bytes)).toBe(true);
}
