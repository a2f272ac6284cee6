import type { Scope } from '@wharf/contracts';
import { readQuery } from '../http/read-query.js';

/**
 * What a route asks of its caller:
 * - a scope; without it 403, without credentials 401;
 * - `deliver`: the scope `files:create`, or the token of a file request in the header `Wharf-Request`, beside which no other credentials are looked
 *   at. Every other route that looks at credentials refuses such a token;
 * - `readable`: the scope `files:read` for any file, and nothing for a file that is public;
 * - `signed_in`: credentials of any kind; `user`: those of a user who is logged in, since a key must not make keys;
 * - `link`, `request`: the token of a share link or a file request, which stands in the address, and no other credentials are looked at;
 * - `public`: nothing.
 */
export type Access = Scope | 'readable' | 'deliver' | 'signed_in' | 'user' | 'link' | 'request' | 'public';

export interface Route {
  /** GET takes HEAD as well. */
  method: 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  path: string;
  access: Access;
  /** Of the caller's rate: 1 unless told. */
  cost?: number | ((request: { querystring: string }) => number);
}

/** Probes come all the time and from few addresses; of an upload its creation is counted, and not its pieces; a page is one request, and not its files. */
const free = 0;
/** A login makes the accounts service hash a password. */
const login = 20;
/** A search makes the database look at thousands of files. */
const costOfList = (request: { querystring: string }) => (readQuery(request).q === undefined ? 1 : 10);

/**
 * Every route of the gateway, by the name of its operation: who may what, at one glance. `addRoute` takes nothing else, a test finds what the
 * routers have beyond it, and the API's document says what stands here.
 */
export const routes = {
  uploadForm: { method: 'POST', path: '/api/v1/files', access: 'deliver' },
  putFile: { method: 'PUT', path: '/api/v1/files', access: 'files:create' },
  putNamed: { method: 'PUT', path: '/api/v1/files/:name', access: 'files:create' },
  uploadStream: { method: 'POST', path: '/api/v1/files/stream', access: 'deliver' },
  describeStream: { method: 'OPTIONS', path: '/api/v1/files/stream', access: 'public' },
  putStream: { method: 'PUT', path: '/api/v1/files/stream', access: 'files:create' },

  createUpload: { method: 'POST', path: '/api/v1/uploads', access: 'deliver' },
  readUpload: { method: 'HEAD', path: '/api/v1/uploads/:uid', access: 'deliver' },
  getUpload: { method: 'GET', path: '/api/v1/uploads/:uid', access: 'deliver' },
  appendToUpload: { method: 'PATCH', path: '/api/v1/uploads/:uid', access: 'deliver', cost: free },
  terminateUpload: { method: 'DELETE', path: '/api/v1/uploads/:uid', access: 'deliver' },
  overrideUpload: { method: 'POST', path: '/api/v1/uploads/:uid', access: 'deliver', cost: free },
  describeUploads: { method: 'OPTIONS', path: '/api/v1/uploads', access: 'public' },
  describeUpload: { method: 'OPTIONS', path: '/api/v1/uploads/:uid', access: 'public' },

  downloadFile: { method: 'GET', path: '/api/v1/files/:uid', access: 'readable' },
  downloadNamedFile: { method: 'GET', path: '/api/v1/files/:uid/:name', access: 'readable' },
  getFileMetadata: { method: 'GET', path: '/api/v1/files/:uid/metadata', access: 'readable' },
  listFiles: { method: 'GET', path: '/api/v1/files', access: 'files:read', cost: costOfList },

  getTimeline: { method: 'GET', path: '/api/v1/files/:uid/events', access: 'files:read' },
  followFiles: { method: 'GET', path: '/api/v1/events', access: 'files:read' },

  updateFile: { method: 'PATCH', path: '/api/v1/files/:uid', access: 'files:write' },
  deleteFile: { method: 'DELETE', path: '/api/v1/files/:uid', access: 'files:write' },
  createLink: { method: 'POST', path: '/api/v1/files/:uid/links', access: 'files:write' },
  shareFiles: { method: 'POST', path: '/api/v1/links', access: 'files:write' },
  listLinks: { method: 'GET', path: '/api/v1/links', access: 'files:read' },
  listFileLinks: { method: 'GET', path: '/api/v1/files/:uid/links', access: 'files:read' },
  endLink: { method: 'DELETE', path: '/api/v1/links/:id', access: 'files:write' },
  revokeLink: { method: 'DELETE', path: '/api/v1/files/:uid/links/:id', access: 'files:write' },

  downloadArchive: { method: 'GET', path: '/api/v1/archives', access: 'readable' },
  requestArchive: { method: 'POST', path: '/api/v1/archives', access: 'readable' },

  presignAttachment: { method: 'POST', path: '/api/v1/attachments/presigned', access: 'files:create' },
  confirmAttachment: { method: 'POST', path: '/api/v1/attachments/confirm', access: 'files:create' },
  listAttachments: { method: 'GET', path: '/api/v1/attachments', access: 'files:read' },
  getAttachment: { method: 'GET', path: '/api/v1/attachments/:id', access: 'files:read' },
  deleteAttachment: { method: 'DELETE', path: '/api/v1/attachments/:id', access: 'files:write' },
  sendAttachment: { method: 'POST', path: '/api/v1/attachments/form', access: 'public' },

  downloadLink: { method: 'GET', path: '/api/v1/links/:token', access: 'link' },
  getLinkPage: { method: 'GET', path: '/s/:token', access: 'link' },
  downloadLinkedFile: { method: 'GET', path: '/api/v1/links/:token/files/:uid', access: 'link' },
  unlockLink: { method: 'POST', path: '/api/v1/links/:token/unlock', access: 'link', cost: login },
  downloadNamedLink: { method: 'GET', path: '/api/v1/links/:token/:name', access: 'link' },

  createRequest: { method: 'POST', path: '/api/v1/requests', access: 'files:write' },
  listRequests: { method: 'GET', path: '/api/v1/requests', access: 'files:read' },
  getRequest: { method: 'GET', path: '/api/v1/requests/:id', access: 'files:read' },
  updateRequest: { method: 'PATCH', path: '/api/v1/requests/:id', access: 'files:write' },
  closeRequest: { method: 'DELETE', path: '/api/v1/requests/:id', access: 'files:write' },
  unlockRequest: { method: 'POST', path: '/api/v1/requests/:token/unlock', access: 'request', cost: login },
  getRequestPage: { method: 'GET', path: '/r/:token', access: 'request' },

  register: { method: 'POST', path: '/api/v1/auth/register', access: 'public', cost: login },
  logIn: { method: 'POST', path: '/api/v1/auth/login', access: 'public', cost: login },
  refresh: { method: 'POST', path: '/api/v1/auth/refresh', access: 'public' },
  logOut: { method: 'POST', path: '/api/v1/auth/logout', access: 'public' },
  getMe: { method: 'GET', path: '/api/v1/auth/me', access: 'signed_in' },
  changePassword: { method: 'POST', path: '/api/v1/auth/password', access: 'user', cost: login },
  listSessions: { method: 'GET', path: '/api/v1/auth/sessions', access: 'user' },
  endSession: { method: 'DELETE', path: '/api/v1/auth/sessions/:id', access: 'user' },
  listKeys: { method: 'GET', path: '/api/v1/auth/keys', access: 'user' },
  createKey: { method: 'POST', path: '/api/v1/auth/keys', access: 'user' },
  revokeKey: { method: 'DELETE', path: '/api/v1/auth/keys/:id', access: 'user' },
  listUsers: { method: 'GET', path: '/api/v1/users', access: 'admin' },
  getUser: { method: 'GET', path: '/api/v1/users/:id', access: 'admin' },
  updateUser: { method: 'PATCH', path: '/api/v1/users/:id', access: 'admin' },

  getPage: { method: 'GET', path: '/', access: 'public' },
  getPageAsset: { method: 'GET', path: '/assets/:asset', access: 'public', cost: free },
  getSystem: { method: 'GET', path: '/api/v1/system', access: 'admin' },
  listDeadLetters: { method: 'GET', path: '/api/v1/dead-letters', access: 'admin' },
  replayDeadLetter: { method: 'POST', path: '/api/v1/dead-letters/:seq/replay', access: 'admin' },
  dropDeadLetter: { method: 'DELETE', path: '/api/v1/dead-letters/:seq', access: 'admin' },
  listAudits: { method: 'GET', path: '/api/v1/audits', access: 'admin' },
  startAudit: { method: 'POST', path: '/api/v1/audits', access: 'admin' },
  getAudit: { method: 'GET', path: '/api/v1/audits/:id', access: 'admin' },

  getSigningKeys: { method: 'GET', path: '/.well-known/jwks.json', access: 'public' },
  getLiveness: { method: 'GET', path: '/health/live', access: 'public', cost: free },
  getReadiness: { method: 'GET', path: '/health/ready', access: 'public', cost: free },
  getMetrics: { method: 'GET', path: '/metrics', access: 'public', cost: free },
  getOpenApi: { method: 'GET', path: '/openapi.json', access: 'public' },
  getAsyncApi: { method: 'GET', path: '/asyncapi.json', access: 'public' },
  getDocs: { method: 'GET', path: '/docs', access: 'public' },
  getDocsAsset: { method: 'GET', path: '/docs/:asset', access: 'public' },
} as const satisfies Record<string, Route>;

/** One line for each route, sorted by what it asks, to be printed. */
export function routeTable(): Route[] {
  const order: Access[] = [
    'public',
    'link',
    'request',
    'readable',
    'files:read',
    'deliver',
    'files:create',
    'files:write',
  ];
  const placeOf = ({ access }: Route) => (order.includes(access) ? order.indexOf(access) : order.length);
  return Object.values<Route>(routes).toSorted((one, other) => placeOf(one) - placeOf(other));
}
