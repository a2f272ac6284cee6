/** Whatever comes behind the first segment `links`, in any spelling: addresses that lead nowhere hold tokens too. */
const afterLinks = /^(.*?[/\\]links[/\\]+)(?=[^/\\])/is;
const ofFile = /[/\\]files[/\\]+[^/\\]+[/\\]+links[/\\]+$/i;
/** As long as a token; a uid and a link's id are shorter. The lookbehind allows one try a run, which keeps it linear. */
const longWord = /(?<![\w-])[\w-]{43,}/g;
const maskable = /links|%|(?<![\w-])[\w-]{43}/i;

/**
 * The path of a request target as logs and problems may tell it: without the query, and without the token of a share link, which
 * is all that a reader of the file needs.
 */
export function safePath(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  return maskable.test(path) ? mask(path) : path;
}

function mask(path: string): string {
  const decoded = decode(path);
  const [, before] = afterLinks.exec(decoded) ?? [];
  const isLink = before !== undefined && !ofFile.test(before);
  const masked = (isLink ? `${before}:token` : decoded).replace(longWord, ':token');
  return masked === decoded ? path : masked;
}

/** Byte by byte: what is no UTF-8 must not keep the rest from being read. */
function decode(path: string): string {
  return path.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
