import { randomUUID } from 'node:crypto';
import type { routes } from '../../services/gateway/src/access/route-table.js';
import { fromNewNetwork, logIn, usualPassword } from '../accounts-client.ts';
import type { Cast } from './cast.ts';

/** What the requests of one cell are about. */
export interface Target {
  /** Of a gateway. */
  url: string;
  cast: Cast;
  /** A file of the owner, and a link to it. */
  uid: string;
  linkId: string;
  linkToken: string;
  /** An attachment of the owner that was not sent. */
  attachmentId: string;
  /** A resumable upload of the owner that has no bytes yet. */
  uploadUid: string;
  /** A file request of the owner, to which nobody has delivered. */
  requestId: string;
}

export interface Row {
  path(target: Target): string;
  /** The code of 404, where it is about no file. */
  missing?: string;
  init?(target: Target): RequestInit | Promise<RequestInit>;
  /** The status for the owner of the file, or for everybody at a public door; for another user; for an admin. */
  owner: number;
  other: number;
  admin: number;
}

const json = { 'Content-Type': 'application/json' };
const same = (status: number) => ({ owner: status, other: status, admin: status });
/** For others it is not there. */
const own = (status: number) => ({ owner: status, other: 404, admin: status });

const tus = { 'Tus-Resumable': '1.0.0' };
const piece = { 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' };
const ofRequest = ({ requestId }: Target) => `/api/v1/requests/${requestId}`;
const ofUpload = ({ uploadUid }: Target) => `/api/v1/uploads/${uploadUid}`;

function form(): FormData {
  const body = new FormData();
  body.append('file', new Blob(['hello']), 'hello.txt');
  return body;
}

function withJson(body: object): RequestInit {
  return { body: JSON.stringify(body), headers: json };
}

/** Tries are counted by network. */
const withJsonFromAnywhere = (body: object) => ({ ...withJson(body), headers: { ...json, ...fromNewNetwork() } });

/** Of a session that was never used. */
async function withRefreshToken({ cast: { visitor }, url }: Target): Promise<RequestInit> {
  const { refreshToken } = await logIn(url, { email: visitor.user.email, password: visitor.password });
  return withJson({ refresh_token: refreshToken });
}

const raw = (): RequestInit => ({ body: 'hello', headers: { 'Content-Type': 'text/plain' } });

/** How each route is asked so that nothing but access can be in the way. A route without a row does not compile. */
export const rows: Record<keyof typeof routes, Row> = {
  uploadForm: { path: () => '/api/v1/files', init: () => ({ body: form() }), ...same(201) },
  putFile: { path: () => '/api/v1/files', init: raw, ...same(201) },
  putNamed: { path: () => '/api/v1/files/hello.txt', init: raw, ...same(201) },
  uploadStream: { path: () => '/api/v1/files/stream', init: raw, ...same(201) },
  describeStream: { path: () => '/api/v1/files/stream', ...same(204) },
  putStream: { path: () => '/api/v1/files/stream', init: raw, ...same(201) },

  createUpload: {
    path: () => '/api/v1/uploads',
    init: () => ({ headers: { ...tus, 'Upload-Length': '5' } }),
    ...same(201),
  },
  readUpload: { path: ofUpload, init: () => ({ headers: tus }), ...own(200) },
  getUpload: { path: ofUpload, ...own(204) },
  appendToUpload: { path: ofUpload, init: () => ({ body: 'hello', headers: { ...tus, ...piece } }), ...own(204) },
  terminateUpload: { path: ofUpload, init: () => ({ headers: tus }), ...own(204) },
  overrideUpload: {
    path: ofUpload,
    init: () => ({ headers: { ...tus, 'X-HTTP-Method-Override': 'DELETE' } }),
    ...own(204),
  },
  describeUploads: { path: () => '/api/v1/uploads', ...same(204) },
  describeUpload: { path: ofUpload, ...same(204) },

  downloadFile: { path: ({ uid }) => `/api/v1/files/${uid}`, ...own(200) },
  downloadNamedFile: { path: ({ uid }) => `/api/v1/files/${uid}/a.txt`, ...own(200) },
  getFileMetadata: { path: ({ uid }) => `/api/v1/files/${uid}/metadata`, ...own(200) },
  listFiles: { path: ({ cast }) => `/api/v1/files?owner_id=${cast.owner.user.id}`, ...same(200) },

  getTimeline: { path: ({ uid }) => `/api/v1/files/${uid}/events`, ...own(200) },
  // Let in, and not kept in a stream without an end.
  followFiles: {
    path: () => '/api/v1/events',
    init: () => ({ headers: { Accept: 'application/json' } }),
    ...same(406),
  },

  updateFile: {
    path: ({ uid }) => `/api/v1/files/${uid}`,
    init: () => withJson({ message_id: 'changed' }),
    ...own(200),
  },
  deleteFile: { path: ({ uid }) => `/api/v1/files/${uid}`, ...own(204) },
  createLink: { path: ({ uid }) => `/api/v1/files/${uid}/links`, init: () => withJson({}), ...own(201) },
  shareFiles: { path: () => '/api/v1/links', init: ({ uid }) => withJson({ uids: [uid] }), ...own(201) },
  listLinks: { path: () => '/api/v1/links', ...same(200) },
  listFileLinks: { path: ({ uid }) => `/api/v1/files/${uid}/links`, ...own(200) },
  endLink: { path: ({ linkId }) => `/api/v1/links/${linkId}`, missing: 'link_not_found', ...own(204) },
  revokeLink: { path: ({ linkId, uid }) => `/api/v1/files/${uid}/links/${linkId}`, ...own(204) },

  downloadArchive: { path: ({ uid }) => `/api/v1/archives?uid=${uid}`, ...own(200) },
  requestArchive: { path: () => '/api/v1/archives', init: ({ uid }) => withJson({ uids: [uid] }), ...own(200) },

  presignAttachment: {
    path: () => '/api/v1/attachments/presigned',
    init: () => withJson({ filename: 'a.txt', content_type: 'text/plain' }),
    ...same(201),
  },
  confirmAttachment: {
    path: () => '/api/v1/attachments/confirm',
    init: ({ attachmentId }) => withJson({ attachment_id: attachmentId }),
    ...own(409),
  },
  listAttachments: { path: () => '/api/v1/attachments', ...same(200) },
  getAttachment: { path: ({ attachmentId }) => `/api/v1/attachments/${attachmentId}`, ...own(409) },
  deleteAttachment: { path: ({ attachmentId }) => `/api/v1/attachments/${attachmentId}`, ...own(204) },
  // A form is its own permission, and this one has none.
  sendAttachment: { path: () => '/api/v1/attachments/form', init: () => ({ body: form() }), ...same(400) },

  downloadLink: { path: ({ linkToken }) => `/api/v1/links/${linkToken}`, ...same(200) },
  getLinkPage: {
    path: ({ linkToken }) => `/s/${linkToken}`,
    init: () => ({ headers: { Accept: 'application/json' } }),
    ...same(200),
  },
  downloadLinkedFile: { path: ({ linkToken, uid }) => `/api/v1/links/${linkToken}/files/${uid}`, ...same(200) },
  unlockLink: {
    path: ({ linkToken }) => `/api/v1/links/${linkToken}/unlock`,
    init: () => withJson({ password: 'none is needed' }),
    ...same(204),
  },
  downloadNamedLink: { path: ({ linkToken }) => `/api/v1/links/${linkToken}/a.txt`, ...same(200) },

  createRequest: {
    path: () => '/api/v1/requests',
    init: () => withJson({ title: 'Papers', max_files: 1, max_bytes: 9, max_file_size: 9, expires_in: 60 }),
    ...same(201),
  },
  listRequests: { path: () => '/api/v1/requests', ...same(200) },
  getRequest: { path: ofRequest, ...own(200), missing: 'request_not_found' },
  updateRequest: {
    path: ofRequest,
    init: () => withJson({ title: 'Other papers' }),
    ...own(200),
    missing: 'request_not_found',
  },
  closeRequest: { path: ofRequest, ...own(204), missing: 'request_not_found' },
  unlockRequest: {
    path: ({ cast }) => `/api/v1/requests/${cast.requestToken}/unlock`,
    init: () => withJson({ password: '' }),
    ...same(204),
  },
  getRequestPage: {
    path: ({ cast }) => `/r/${cast.requestToken}`,
    init: () => ({ headers: { Accept: 'application/json' } }),
    ...same(200),
  },

  register: {
    path: () => '/api/v1/auth/register',
    init: () => withJsonFromAnywhere({ email: `${randomUUID()}@example.org`, password: usualPassword }),
    ...same(201),
  },
  logIn: {
    path: () => '/api/v1/auth/login',
    init: ({ cast: { visitor } }) => withJsonFromAnywhere({ email: visitor.user.email, password: visitor.password }),
    ...same(200),
  },
  refresh: { path: () => '/api/v1/auth/refresh', init: withRefreshToken, ...same(200) },
  logOut: { path: () => '/api/v1/auth/logout', init: withRefreshToken, ...same(204) },
  getMe: { path: () => '/api/v1/auth/me', ...same(200) },
  changePassword: {
    path: () => '/api/v1/auth/password',
    init: () => withJson({ current_password: usualPassword, new_password: usualPassword }),
    ...same(204),
  },
  listSessions: { path: () => '/api/v1/auth/sessions', ...same(200) },
  // What is somebody else's is left alone, and nothing is said of it.
  endSession: { path: ({ cast }) => `/api/v1/auth/sessions/${cast.bystander.sessionId}`, ...same(204) },
  listKeys: { path: () => '/api/v1/auth/keys', ...same(200) },
  createKey: {
    path: () => '/api/v1/auth/keys',
    init: () => withJson({ name: 'key', scopes: ['files:read'] }),
    ...same(201),
  },
  revokeKey: { path: ({ cast }) => `/api/v1/auth/keys/${cast.bystander.keyId}`, ...same(204) },
  listUsers: { path: () => '/api/v1/users', ...same(200) },
  getUser: { path: ({ cast }) => `/api/v1/users/${cast.owner.user.id}`, ...same(200) },
  updateUser: {
    path: ({ cast }) => `/api/v1/users/${cast.bystander.user.id}`,
    init: () => withJson({ max_files: 7 }),
    ...same(200),
  },

  getPage: { path: () => '/', ...same(200) },
  getPageAsset: { path: () => '/assets/none.js', ...same(404), missing: 'route_not_found' },
  getSystem: { path: () => '/api/v1/system', ...same(200) },
  listDeadLetters: { path: () => '/api/v1/dead-letters', ...same(200) },
  replayDeadLetter: {
    path: () => '/api/v1/dead-letters/999999/replay',
    missing: 'dead_letter_not_found',
    ...same(404),
  },
  dropDeadLetter: { path: () => '/api/v1/dead-letters/999999', ...same(204) },
  listAudits: { path: () => '/api/v1/audits', ...same(200) },
  // One at a time: here nobody starts any.
  startAudit: { path: () => '/api/v1/audits', init: () => withJson({ colour: 'red' }), ...same(400) },
  getAudit: { path: () => '/api/v1/audits/none', missing: 'audit_not_found', ...same(404) },

  getSigningKeys: { path: () => '/.well-known/jwks.json', ...same(200) },
  getLiveness: { path: () => '/health/live', ...same(200) },
  getReadiness: { path: () => '/health/ready', ...same(200) },
  getMetrics: { path: () => '/metrics', ...same(200) },
  getOpenApi: { path: () => '/openapi.json', ...same(200) },
  getAsyncApi: { path: () => '/asyncapi.json', ...same(200) },
  getDocs: { path: () => '/docs', ...same(200) },
  getDocsAsset: { path: () => '/docs/swagger-ui.css', ...same(200) },
};
