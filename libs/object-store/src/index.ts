export * from './direct-uploads.js';
export { keepStorePrepared } from './keep-store-prepared.js';
export * from './object-store.js';
export { checkObjectStore, objectStoreSettings } from './object-store.settings.js';
export { openObjectStore } from './open-object-store.js';
export { differenceOf, isSameObject } from './same-object.js';
export { type OnRead, sha256Of } from './sha256-of.js';
