import type { IncomingMessage, RequestListener } from 'node:http';
import { AppError } from '@wharf/service-kit';
import type { Check } from './check-requests.js';

const schemeAndAuthority = /^https?:\/\/([^/?#]*)/i;
/** A host and perhaps a port; no user information (RFC 9110 §4.2.4). */
const authority = /^(?:\[[\da-f:.]+\]|[\w.~!$&'()*+,;=%-]+)(?::\d*)?$/i;

const withoutPath = new WeakSet<IncomingMessage>();

/**
 * Gives every request an origin-form target before `app` reads it (RFC 9112 §3.2): Koa's `path` throws for a target that is no
 * URL, wherever it is read.
 */
export function withOriginForm(app: (...args: Parameters<RequestListener>) => Promise<void>): RequestListener {
  return (request, response) => {
    normalizeTarget(request);
    // Koa answers its own failures; what it cannot answer is an unhandled rejection, which fails the request (`failRunningRequest`).
    void app(request, response);
  };
}

/** Throws `invalid_request` for a request whose target has no origin-form. */
export const requireTarget: Check = ({ req }) => {
  if (!withoutPath.has(req)) return;
  throw new AppError('invalid_request', 'the request target must be a path or an http URL, without a fragment');
};

/** For listeners that answer without the application. */
export function normalizeTarget(request: IncomingMessage): void {
  const { url: target = '' } = request;
  if (isOriginForm(target)) return;
  // Asterisk-form, which asks about the server as a whole; no route takes it.
  if (target === '*' && request.method === 'OPTIONS') return;
  const absolute = readAbsoluteForm(target);
  if (!absolute) withoutPath.add(request);
  request.url = absolute?.target ?? '/';
  // A missing Host stays missing, and is refused as always.
  if (absolute && request.headers.host !== undefined) request.headers.host = absolute.host;
}

/** Node's parser has refused everything but visible ASCII by then. */
function isOriginForm(target: string): boolean {
  return target.charCodeAt(0) === 0x2f && !target.includes('#');
}

/** The origin-form of an absolute-form target, and the host that replaces the request's `Host` (RFC 9112 §3.2.2). */
export function readAbsoluteForm(target: string): { target: string; host: string } | undefined {
  const [start = '', host = ''] = schemeAndAuthority.exec(target) ?? [];
  if (!authority.test(host) || !URL.canParse(`http://${host}`)) return undefined;
  const rest = target.slice(start.length);
  const path = rest.startsWith('/') ? rest : `/${rest}`;
  return isOriginForm(path) ? { target: path, host } : undefined;
}
