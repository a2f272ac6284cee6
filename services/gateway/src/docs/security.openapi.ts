import type { ErrorCode } from '@wharf/contracts';
import type { ZodOpenApiComponentsObject, ZodOpenApiOperationObject } from 'zod-openapi';
import { accessCookie } from '../access/read-credentials.js';
import { type Access, type Route, routes } from '../access/route-table.js';

type Security = NonNullable<ZodOpenApiOperationObject['security']>;

export const securitySchemes: NonNullable<ZodOpenApiComponentsObject['securitySchemes']> = {
  bearer: {
    type: 'http',
    scheme: 'bearer',
    description:
      'An access token of a login, a token of the issuer that is configured, or an API key. One credential: not beside the cookie of a login.',
  },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: accessCookie,
    description: 'Set by a login. What changes something has to come of a page of this address.',
  },
  request: {
    type: 'apiKey',
    in: 'header',
    name: 'Wharf-Request',
    description:
      'The token of a file request: its files are delivered by it, and nothing else is done. Other credentials are not looked at.',
  },
  requestPassword: {
    type: 'apiKey',
    in: 'header',
    name: 'Wharf-Request-Password',
    description: 'Of a request that has one, for programs; a browser unlocks it once.',
  },
};

const byOperation = new Map(
  Object.values<Route>(routes).map((route) => [`${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`, route]),
);

/** The route of an operation; HEAD comes with GET. Throws where there is none. */
export function routeOf(method: string, path: string): Route {
  const name = `${method.toUpperCase()} ${path}`;
  const route = byOperation.get(name) ?? (method === 'head' ? byOperation.get(`GET ${path}`) : undefined);
  if (!route) throw new Error(`${name} is documented and is no route`);
  return route;
}

/** As the table of routes has it. While `AUTH` is `open` nothing of it is asked. */
export function securityOf(access: Access): Security {
  switch (access) {
    case 'public':
    case 'link':
    case 'request':
      return [];
    case 'readable':
      return [{}, ...byCredentials('files:read')];
    case 'deliver':
      return [...byCredentials('files:create'), { request: [] }, { request: [], requestPassword: [] }];
    case 'signed_in':
    case 'user':
      return byCredentials();
    default:
      return byCredentials(access);
  }
}

function byCredentials(...scopes: string[]): Security {
  return [{ bearer: scopes }, { cookie: scopes }];
}

/** What any operation of a route may be refused with, before its handler. */
export function refusalsOf({ access, cost }: Route): ErrorCode[] {
  const isOpen = access === 'public' || access === 'link' || access === 'request';
  return [
    ...(isOpen ? [] : (['unauthenticated', 'forbidden', 'unavailable'] as const)),
    ...(cost === 0 ? [] : (['rate_limited'] as const)),
  ];
}
