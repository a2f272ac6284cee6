import cors from '@koa/cors';
import type { Middleware } from 'koa';
import type { Config } from '../config.js';
import { responseHeaders } from '../docs/headers.openapi.js';

const oneHourSeconds = 3600;

/**
 * Lets pages of the configured origins use the API: all methods, all headers that they ask for (upload widgets send some
 * of their own, which nothing here reads), all that it answers with. Other origins get no header at all. Answers say `Vary: Origin`, also those without an
 * origin, since caches would hand them to pages as well. Credentials are not shared.
 */
export function shareAcrossOrigins({ corsOrigins }: Pick<Config, 'corsOrigins'>): Middleware {
  return cors({
    origin: (context) => allowedOrigin(corsOrigins, context.get('Origin')),
    allowMethods: ['OPTIONS', 'GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposeHeaders: Object.keys(responseHeaders),
    maxAge: oneHourSeconds,
    // Problems are answered further out, and keep what was set here.
    keepHeadersOnError: false,
  });
}

function allowedOrigin(corsOrigins: readonly string[], origin: string): string {
  if (corsOrigins.includes('*')) return '*';
  return corsOrigins.includes(origin) ? origin : '';
}
