const firstMs = Date.UTC(1980, 0, 1);
const lastMs = Date.UTC(2107, 11, 31, 23, 59, 58);
const mostSeconds = 0x7fffffff;

/** The time and the date of MS-DOS (APPNOTE 4.4.6), in UTC: to two seconds, of the years 1980 to 2107. */
export function dosTimeOf(timeMs: number): { time: number; date: number } {
  const at = new Date(Math.min(Math.max(timeMs, firstMs), lastMs));
  return {
    time: (at.getUTCHours() << 11) | (at.getUTCMinutes() << 5) | (at.getUTCSeconds() >> 1),
    date: ((at.getUTCFullYear() - 1980) << 9) | ((at.getUTCMonth() + 1) << 5) | at.getUTCDate(),
  };
}

/** The extra field of Info-ZIP for the time of the last change, to the second and in UTC: what readers go by that know it (tag `UT`). */
export function timeField(timeMs: number): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(Math.max(0, Math.min(Math.floor(timeMs / 1000), mostSeconds)), 5);
  return field;
}
