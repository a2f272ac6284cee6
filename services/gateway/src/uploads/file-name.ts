import path from 'node:path';

const longestBytes = 255;
/** Of what is normalized: a sequence of combining marks is put in order in time that grows with the square of its length. */
const longestSent = 4 * longestBytes;

/**
 * What is not shown, or changes how the rest is shown: control characters; line and paragraph separators; the controls of
 * bidirectional text (UAX #9 §2), by which `gnp.exe` reads `exe.png`; and what has no width and joins nothing. The joiners
 * U+200C and U+200D stay: Persian words and many emoji need them.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what is removed
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/g;

/**
 * A name as users may see it again: NFC, what stands after the last `/` or `\`, nothing invisible, at most 255 bytes of
 * UTF-8 (cut before the extension), `unnamed` where nothing is left. It never names anything on a disk.
 */
export function cleanFileName(sent: string): string {
  const lastPart = sent.slice(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1);
  // Normalized last: what an invisible character stood between may compose without it.
  const name = cutLongName(lastPart.replace(invisible, '')).toWellFormed().normalize('NFC');
  return isNoName(name) ? 'unnamed' : shorten(name);
}

/** Nothing, or what means a folder wherever a file is saved: dots and spaces alone, of which Windows drops all at the end of a name. */
function isNoName(name: string): boolean {
  return /^[.\s]*$/.test(name);
}

/** Before its extension, as below. What is left is longer than any name that is kept whole: nothing composes of more than four. */
function cutLongName(name: string): string {
  if (name.length <= longestSent) return name;
  const extension = path.posix.extname(name);
  if (extension.length > longestSent) return name.slice(0, longestSent);
  return name.slice(0, longestSent) + extension;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= longestBytes) return name;
  const extension = path.posix.extname(name);
  const extensionBytes = Buffer.byteLength(extension);
  if (extensionBytes >= longestBytes) return cutBytes(name, longestBytes);
  return cutBytes(name.slice(0, name.length - extension.length), longestBytes - extensionBytes) + extension;
}

/** At most `limit` bytes of UTF-8, never half a character. */
function cutBytes(text: string, limit: number): string {
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(limit));
  return text.slice(0, read);
}
