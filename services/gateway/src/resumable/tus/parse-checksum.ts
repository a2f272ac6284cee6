import { invalidHeader } from '../invalid-header.js';
import type { Checksum } from '../receive-piece.js';
import { checksumAlgorithms } from './protocol.js';

const header = 'Upload-Checksum';
const bytesOf = { sha1: 20, sha256: 32, md5: 16 } as const;

/** The header `Upload-Checksum`: an algorithm and a digest in Base64. Throws `invalid_request`. */
export function parseChecksum(sent: string | string[] | undefined): Checksum | undefined {
  if (sent === undefined) return undefined;
  const [name, digest = '', ...more] = String(sent).trim().split(/ +/);
  const algorithm = checksumAlgorithms.find((each) => each === name?.toLowerCase());
  if (!algorithm) throw invalidHeader(header, `must name one of ${checksumAlgorithms.join(', ')}`);
  const bytes = Buffer.from(digest, 'base64');
  if (more.length > 0 || bytes.length !== bytesOf[algorithm] || bytes.toString('base64') !== padded(digest))
    throw invalidHeader(header, `must have ${bytesOf[algorithm]} bytes in Base64`);
  return { algorithm, digest: bytes.toString('hex') };
}

function padded(digest: string): string {
  return digest.padEnd(Math.ceil(digest.length / 4) * 4, '=');
}
