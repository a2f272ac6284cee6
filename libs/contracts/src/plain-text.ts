import { z } from 'zod';

/**
 * What is not shown, or changes how the rest is shown: control characters; line and paragraph separators; the controls of bidirectional text
 * (UAX #9 §2); and what has no width and joins nothing. The joiners U+200C and U+200D stay: Persian words and many emoji need them.
 */
const invisible =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are among what is refused
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff]/;

/** Text of one line that somebody shows to strangers: at least one visible character, nothing invisible. Its length is that of its UTF-16. */
export function plainLine(longest: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((text) => text.isWellFormed() && !invisible.test(text), 'must not contain invisible or control characters')
    .transform((text) => text.normalize('NFC'));
}

/** The same of several lines. */
export function plainText(longest: number) {
  return z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .transform((text) => text.replaceAll(/\r\n?/g, '\n'))
    .refine(
      (text) => text.isWellFormed() && !invisible.test(text.replaceAll(/[\n\t]/g, '')),
      'must not contain invisible or control characters',
    )
    .transform((text) => text.normalize('NFC'));
}
