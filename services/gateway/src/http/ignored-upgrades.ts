import type { Check } from './check-requests.js';

/**
 * Answers a request that asks for another protocol as usual (RFC 9110 §7.8), as the last one of its connection: of what arrived in one piece
 * with such a request, and without a body of its own, Node's parser drops the rest, which may have been further requests.
 */
export const closeAfterUpgrade: Check = (context) => {
  if (context.req.headers.upgrade !== undefined) context.set('Connection', 'close');
};
