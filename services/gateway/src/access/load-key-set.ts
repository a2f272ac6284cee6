import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';

const timeoutMs = 5000;
/** A key takes some 500 bytes. */
const mostBytes = 256 * 1024;

const text = z.string().optional();

/** What is public of a key for signatures, and nothing else; no secrets (`oct`). */
const PublicKey = z.object({
  kty: z.enum(['RSA', 'EC', 'OKP']),
  kid: text,
  alg: text,
  use: text,
  key_ops: z.array(z.string()).optional(),
  n: text,
  e: text,
  crv: text,
  x: text,
  y: text,
});
const KeySetDocument = z.object({ keys: z.array(z.unknown()).max(100) });

/**
 * Reads a JSON Web Key Set (RFC 7517 §5), as far as it is of use here. Whoever answers at the address may be broken or hostile: it is not
 * followed elsewhere, not waited for, and not read beyond what keys take. Throws where there is none.
 */
export async function loadKeySet(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, {
    redirect: 'error',
    headers: { Accept: 'application/jwk-set+json, application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status !== 200 || !response.body) throw new Error(`${url} answered ${response.status}`);
  const { keys } = KeySetDocument.parse(JSON.parse(await readAtMost(response.body, mostBytes)));
  const usable = keys.flatMap((key) => PublicKey.safeParse(key).data ?? []);
  if (usable.length === 0) throw new Error(`${url} has no public keys`);
  return { keys: usable } as JSONWebKeySet;
}

async function readAtMost(body: ReadableStream<Uint8Array>, bytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let read = 0;
  for await (const chunk of body) {
    read += chunk.length;
    if (read > bytes) throw new Error(`more than ${bytes} bytes of keys`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
