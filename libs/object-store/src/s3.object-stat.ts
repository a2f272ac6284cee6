import type { ObjectStat } from './object-store.js';
import { etagOf } from './s3.multipart.js';

type Headers = Record<string, string | string[] | undefined>;

/** What the headers of an answer to GET or HEAD say of an object; `sizeBytes`: of all of it, where the answer has a part. */
export function objectStatOf(
  headers: Headers,
  sizeBytes = Number(headers['content-length'] ?? Number.NaN),
): ObjectStat {
  const text = (name: string) => (headers[name] === undefined ? null : String(headers[name]));
  return {
    sizeBytes,
    etag: etagOf(headers),
    uid: text('x-amz-meta-uid'),
    sha256: text('x-amz-meta-sha256'),
    modifiedAt: new Date(text('last-modified') ?? Number.NaN),
  };
}
