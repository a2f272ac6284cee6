export { type DirectoryOptions, DirectoryStore } from './directory.store.js';
export { keepStorePrepared } from './keep-store-prepared.js';
export { keyFor } from './object-key.js';
export * from './object-store.js';
export { checkObjectStore, type ObjectStoreConfig, objectStoreSettings } from './object-store.settings.js';
export { openObjectStore } from './open-object-store.js';
export type { S3Options } from './s3.connection.js';
export { sha256Of } from './sha256-of.js';
