export type {
  FileRecord,
  FileRequest,
  LinkOptions,
  LinkRecord,
  LinkView,
  NewRequest,
  RequestChangesBody,
  RequestView,
  ShareLink,
  ShownEvent,
} from '@wharf/contracts';
export { bearer, type Credentials } from './credentials.js';
export type { Download, DownloadOptions } from './downloads/download-file.js';
export type { FollowOptions } from './events/follow-events.js';
export type { List, Page } from './http/list.js';
export type { Login } from './resources/accounts.js';
export type { FileChanges, FileQuery } from './resources/files.js';
export { mostHashedInBrowsers } from './sha256.js';
export type { LocalFile } from './uploads/local-file.js';
export { mostAtOnceBytes, pieceBytes, type Uploaded, type UploadSource } from './uploads/upload-file.js';
export { fingerprintOf, type UploadedOptions, type UploadOptions } from './uploads/upload-options.js';
export { type UploadStore, WebUploadStore } from './uploads/upload-store.js';
export { WharfClient, type WharfClientOptions } from './wharf-client.js';
export { WharfError } from './wharf-error.js';
