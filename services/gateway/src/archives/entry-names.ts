import path from 'node:path';

/** What stands for a folder or a drive on some system, or is not taken in a name by Windows. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what is replaced
const unsafe = /[\u0000-\u001f\u007f-\u009f/\\:*?"<>|\u202a-\u202e\u2066-\u2069]/g;
/** Names of devices, whatever follows their first dot. */
const reserved = /^(?:con|prn|aux|nul|com[\d¹²³]|lpt[\d¹²³])(?:\.|$)/i;
const longestBytes = 255;

/**
 * Names of files as entries of one archive: in the same order, each safe to be unpacked in any folder of any system, and no two alike, also where capital
 * letters make no difference: `a.txt`, `A (2).txt`.
 */
export function entryNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  const nextNumber = new Map<string, number>();
  return names.map((name) => {
    const safe = safeName(name);
    const key = keyOf(safe);
    let unique = safe;
    for (let number = nextNumber.get(key) ?? 2; taken.has(keyOf(unique)); number++) {
      unique = numbered(safe, number);
      nextNumber.set(key, number + 1);
    }
    taken.add(keyOf(unique));
    return unique;
  });
}

function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

function safeName(name: string): string {
  const clean = withoutEnd(name.toWellFormed().replace(unsafe, '_'));
  if (clean === '') return 'unnamed';
  return cut(reserved.test(clean) ? `_${clean}` : clean, '');
}

/** Windows drops dots and spaces at the end of a name, and `.` and `..` are folders everywhere. */
function withoutEnd(name: string): string {
  let end = name.length;
  while (end > 0 && (name[end - 1] === '.' || name[end - 1] === ' ')) end--;
  return name.slice(0, end);
}

function numbered(name: string, number: number): string {
  return cut(name, ` (${number})`);
}

/** With something before its extension, and not longer than file systems take. */
function cut(name: string, suffix: string): string {
  const extension = path.posix.extname(name);
  const isShort = Buffer.byteLength(extension) <= longestBytes / 2;
  const end = isShort ? suffix + extension : suffix;
  const base = isShort ? name.slice(0, name.length - extension.length) : name;
  const room = new Uint8Array(longestBytes - Buffer.byteLength(end));
  const { read } = new TextEncoder().encodeInto(base, room);
  return base.slice(0, read) + end;
}
