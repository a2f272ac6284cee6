import { flags, inExtraField, isLarge, madeBy, stored, versionNeeded, type WrittenEntry } from './zip-entry.js';
import { dosTimeOf, timeField } from './zip-time.js';

/** A plain file that everybody may read and its owner change, as Unix has it. */
const fileMode = 0o100644;

/** An entry of the directory at the end, by which readers find it (APPNOTE 4.3.12). */
export function directoryEntry(entry: WrittenEntry): Buffer {
  const name = Buffer.from(entry.name);
  const large = largeValues(entry);
  const extra = Buffer.concat([timeField(entry.modifiedAtMs), large]);
  const { date, time } = dosTimeOf(entry.modifiedAtMs);
  const size = isLarge(entry) ? inExtraField : entry.sizeBytes;
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(madeBy, 4);
  header.writeUInt16LE(versionNeeded(large.length > 0), 6);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(stored, 10);
  header.writeUInt16LE(time, 12);
  header.writeUInt16LE(date, 14);
  header.writeUInt32LE(entry.crc32, 16);
  header.writeUInt32LE(size, 20);
  header.writeUInt32LE(size, 24);
  header.writeUInt16LE(name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE((fileMode << 16) >>> 0, 38);
  header.writeUInt32LE(Math.min(entry.offset, inExtraField), 42);
  return Buffer.concat([header, name, extra]);
}

/** Those values alone that need it, in this order (APPNOTE 4.5.3). */
function largeValues(entry: WrittenEntry): Buffer {
  const values = [
    ...(isLarge(entry) ? [entry.sizeBytes, entry.sizeBytes] : []),
    ...(entry.offset >= inExtraField ? [entry.offset] : []),
  ];
  if (values.length === 0) return Buffer.alloc(0);
  const field = Buffer.alloc(4 + values.length * 8);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(values.length * 8, 2);
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  return field;
}

export interface Directory {
  count: number;
  offset: number;
  sizeBytes: number;
}

/** What an archive ends with (APPNOTE 4.3.14 to 4.3.16). */
export function endOfDirectory(directory: Directory): Buffer {
  const { count, offset, sizeBytes } = directory;
  const isZip64 = count >= 0xffff || offset >= inExtraField || sizeBytes >= inExtraField;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, 0xffff), 8);
  end.writeUInt16LE(Math.min(count, 0xffff), 10);
  end.writeUInt32LE(Math.min(sizeBytes, inExtraField), 12);
  end.writeUInt32LE(Math.min(offset, inExtraField), 16);
  return isZip64 ? Buffer.concat([largeEnd(directory), end]) : end;
}

/** The end of a large directory, and where that is. */
function largeEnd({ count, offset, sizeBytes }: Directory): Buffer {
  const end = Buffer.alloc(76);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(madeBy, 12);
  end.writeUInt16LE(versionNeeded(true), 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end.writeBigUInt64LE(BigInt(offset), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(offset + sizeBytes), 64);
  end.writeUInt32LE(1, 72);
  return end;
}
