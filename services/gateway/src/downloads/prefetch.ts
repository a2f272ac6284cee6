import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

const speculative = /\b(?:prefetch|prerender|preview)\b/i;

/**
 * Whether nobody has asked for the bytes yet: a browser that fetches what its user may open next, or shows a preview of it
 * (`Sec-Purpose` of the Fetch standard; `Purpose`, `X-Purpose` and `X-Moz` of older ones).
 */
export function isPrefetch(headers: IncomingHttpHeaders): boolean {
  const {
    'sec-purpose': purpose,
    purpose: olderPurpose,
    'x-purpose': safariPurpose,
    'x-moz': mozillaPurpose,
  } = headers;
  const given = purpose ?? olderPurpose ?? safariPurpose ?? mozillaPurpose;
  return given !== undefined && speculative.test(String(given));
}

/**
 * Declines it. Browsers take an answer without content for none, and ask again when the user does; kept, it would stand for
 * the file then.
 */
export function declinePrefetch(response: ServerResponse): void {
  response.setHeader('Cache-Control', 'no-store');
  response.statusCode = 204;
  response.end();
}
