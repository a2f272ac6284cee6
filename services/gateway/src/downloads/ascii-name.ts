import anyAscii from 'any-ascii';

const nonAscii = /[^ -~]/;
/** What some file system does not take in a name, and `%`, which some readers decode. */
const unsafe = /["%*/:<>?\\|]+/g;

/** As the library writes them. */
const emoji = /:(\w+):/g;

/**
 * A name for readers that know no `filename*` (curl is one): transliterated, and without what they could not save. True where the name is
 * ASCII and may stay as it is.
 */
export function asciiName(name: string): string | true {
  if (!nonAscii.test(name)) return true;
  const dot = name.lastIndexOf('.');
  const end = dot > 0 ? dot : name.length;
  const base = transliterated(name.slice(0, end)).replace(/^[ ._]+/, '');
  return `${base || 'file'}${transliterated(name.slice(end))}`;
}

function transliterated(text: string): string {
  return anyAscii(text)
    .replace(emoji, '$1')
    .replace(/[^ -~]/g, '')
    .replace(unsafe, '_')
    .trim();
}
