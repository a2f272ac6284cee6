import { readFile } from 'node:fs/promises';
import { systemCode } from '@wharf/service-kit';
import { z } from 'zod';
import type { PutSource } from './object-store.js';

type Described = Pick<PutSource, 'uid' | 'sha256' | 'sizeBytes' | 'contentType'>;

const Metadata = z.object({
  uid: z.string(),
  sha256: z.string(),
  size_bytes: z.number(),
  content_type: z.string(),
  /** False until the bytes were read that clients sent themselves: the digest is the one that they were received with, and proves nothing. */
  is_verified: z.literal(false).optional(),
});
type Metadata = z.infer<typeof Metadata>;

const suffix = '.meta.json';

export function metadataPath(target: string): string {
  return `${target}${suffix}`;
}

export function metadataOf({ contentType, sha256, sizeBytes, uid }: Described, { isVerified = true } = {}): string {
  return JSON.stringify({
    ...{ uid, sha256, size_bytes: sizeBytes, content_type: contentType },
    ...(!isVerified && { is_verified: false }),
  } satisfies Metadata);
}

export function isMetadataName(name: string): boolean {
  return name.endsWith(suffix);
}

/** Undefined where there is none, or none that can be read. */
export async function readMetadata(target: string): Promise<Metadata | undefined> {
  try {
    return parseMetadata(await readFile(metadataPath(target), 'utf8'));
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Undefined for a text that is none. */
export function parseMetadata(text: string): Metadata | undefined {
  try {
    return Metadata.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
