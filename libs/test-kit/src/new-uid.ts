import { randomBytes } from 'node:crypto';

/** A UUIDv7 (RFC 9562 §5.7), of now or another time in milliseconds. */
export function newUid(timeMs = Date.now()): string {
  const time = timeMs.toString(16).padStart(12, '0');
  const random = randomBytes(10).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-a${random.slice(3, 6)}-${random.slice(6, 18)}`;
}
