/** Whatever comes behind the first segment `links`, or behind `s` or `r` (the pages of links and requests), in any spelling: addresses that lead nowhere hold tokens too. */
const afterLinks = /^(.*?[/\\](?:links|[rs])[/\\]+)(?=[^/\\])/is;
const ofFile = /[/\\]files[/\\]+[^/\\]+[/\\]+links[/\\]+$/i;
/** As long as a token; a uid and a link's id are shorter. The lookbehind allows one try a run, which keeps it linear. */
const longWord = /(?<![\w-])[\w-]{43,}/g;
/** Most requests: their own addresses hold no token. */
const plain = /^\/api\/v1\/files(?:\/(?:stream|[\da-f]{8}-[\da-f-]{27}))?$/;
const maskable = /links|[/\\][rs][/\\]|%|(?<![\w-])[\w-]{43}/i;

/**
 * The path of a request target as logs and problems may tell it: without the query, and without the token of a share link, which
 * is all that a reader of the file needs.
 */
export function safePath(target: string): string {
  const end = target.search(/[?#]/);
  const path = end === -1 ? target : target.slice(0, end);
  return plain.test(path) || !maskable.test(path) ? path : mask(path);
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
