import { randomBytes } from 'node:crypto';

/** A name that no other test uses, valid for any S3 server. */
export function freshBucketName(): string {
  return `wharf-test-${randomBytes(8).toString('hex')}`;
}
