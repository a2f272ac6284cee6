/**
 * Formats that are text themselves, by what they begin with. All other signatures made of letters (`BM`, `GIF`, `MZ`, `ID3`, `ftyp`,
 * `ustar`…) belong to binary formats: a text that begins like one of them is a text.
 */
const textFormats: [type: string, beginning: RegExp][] = [
  ['application/xml', /^<\?xml\s/],
  ['application/pdf', /^%PDF-\d/],
  ['application/eps', /^%!PS-Adobe-\d\.\d EPSF-/],
  ['application/postscript', /^%!PS(?:-Adobe-|[ \t]*[\r\n])/],
  ['application/rtf', /^\{\\rtf/],
  ['application/pgp-encrypted', /^-----BEGIN PGP MESSAGE-----\s/],
  ['text/calendar', /^BEGIN:VCALENDAR\s/i],
  ['text/vcard', /^BEGIN:VCARD\s/i],
  // A title may follow on the line; a sentence that begins with the word has no cues.
  ['text/vtt', /^WEBVTT(?:[ \t]*(?:[\r\n]|$)|[ \t][\s\S]*-->)/],
  ['application/x-ms-regedit', /^(?:Windows Registry Editor Version 5\.00|REGEDIT4)\r?\n/],
];

/** The type of a text that says itself what it is. */
export function sniffText(text: string): string | undefined {
  return textFormats.find(([, beginning]) => beginning.test(text))?.[0];
}
