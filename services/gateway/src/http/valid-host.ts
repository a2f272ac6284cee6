import { isIPv6 } from 'node:net';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Check } from './check-requests.js';

/** `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2.2) with a name that is not empty: no user information, path or list. */
const hostField = /^(?:\[([\da-f:.]+)\]|(?:[\w.~!$&'()*+;=-]|%[\da-f]{2})+)(?::\d*)?$/i;

export function isValidHost(field: string): boolean {
  const match = hostField.exec(field);
  return match !== null && (match[1] === undefined || isIPv6(match[1]));
}

/**
 * Refuses requests without `Host`, with several, or with one that names no host (RFC 9112 §3.2); HTTP/1.0 may leave it out.
 * Node keeps the first of several, where a proxy in front may have kept the last, so the connection is closed as well.
 */
export function requireValidHost(): Check {
  // Clients hardly ever alternate between names, and comparing with the last one is all that a request costs.
  let lastValid: string | undefined;
  return (context) => {
    const { httpVersion, rawHeaders } = context.req;
    // Node's parser also takes HTTP/0.9 and HTTP/2.0 request lines.
    if (httpVersion !== '1.1' && httpVersion !== '1.0') refuse(context, 'only HTTP/1.1 and HTTP/1.0 are spoken');
    let host: string | undefined;
    for (let index = 0; index < rawHeaders.length; index += 2) {
      const name = rawHeaders[index] as string;
      if (name.length !== 4 || name.toLowerCase() !== 'host') continue;
      if (host !== undefined) refuse(context, 'the request has more than one Host');
      host = rawHeaders[index + 1] as string;
    }
    if (host === undefined && httpVersion === '1.1') refuse(context, 'the request has no Host');
    if (host !== undefined && host !== lastValid) {
      if (!isValidHost(host)) refuse(context, 'the Host of the request is not a host with an optional port');
      lastValid = host;
    }
  };
}

function refuse(context: Context, detail: string): never {
  context.set('Connection', 'close');
  throw new AppError('invalid_request', detail);
}
