import { createHash } from 'node:crypto';
import type { Caller } from '@wharf/contracts';

const timeBytes = 6;

/**
 * The uid of the upload that somebody joins of these parts in this order: always the same one, so that joining them again leads to it. It is a
 * UUIDv7 (RFC 9562 §5.7) with the time of the newest part; its other bits are of a SHA-256 of owner and parts.
 */
export function joinedUid({ id }: Pick<Caller, 'id'>, parts: readonly string[]): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([id, ...parts]))
    .digest();
  bytes.writeUIntBE(Math.max(...parts.map(timeOf)), 0, timeBytes);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function timeOf(uid: string): number {
  return Number.parseInt(uid.replaceAll('-', '').slice(0, 2 * timeBytes), 16);
}
