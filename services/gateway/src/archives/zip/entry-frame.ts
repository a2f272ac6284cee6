import { flags, inExtraField, isLarge, stored, versionNeeded, type ZipEntry } from './zip-entry.js';
import { dosTimeOf, timeField } from './zip-time.js';

/** What stands before the bytes of an entry (APPNOTE 4.3.7). Sizes and checksum follow behind them, in the descriptor. */
export function localHeader(entry: ZipEntry): Buffer {
  const name = Buffer.from(entry.name);
  const extra = Buffer.concat([timeField(entry.modifiedAtMs), ...(isLarge(entry) ? [largeDescriptorFollows()] : [])]);
  const { date, time } = dosTimeOf(entry.modifiedAtMs);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  header.writeUInt16LE(versionNeeded(isLarge(entry)), 4);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(stored, 8);
  header.writeUInt16LE(time, 10);
  header.writeUInt16LE(date, 12);
  const size = isLarge(entry) ? inExtraField : 0;
  header.writeUInt32LE(size, 18);
  header.writeUInt32LE(size, 22);
  header.writeUInt16LE(name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, name, extra]);
}

/** Its presence alone tells readers of a stream that the descriptor has sizes of 64 bits (APPNOTE 4.3.9.2). */
function largeDescriptorFollows(): Buffer {
  const field = Buffer.alloc(20);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(16, 2);
  return field;
}

/** What stands behind the bytes of an entry (APPNOTE 4.3.9). */
export function dataDescriptor(entry: ZipEntry, crc32: number): Buffer {
  const descriptor = Buffer.alloc(isLarge(entry) ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc32, 4);
  if (isLarge(entry)) {
    descriptor.writeBigUInt64LE(BigInt(entry.sizeBytes), 8);
    descriptor.writeBigUInt64LE(BigInt(entry.sizeBytes), 16);
  } else {
    descriptor.writeUInt32LE(entry.sizeBytes, 8);
    descriptor.writeUInt32LE(entry.sizeBytes, 12);
  }
  return descriptor;
}
