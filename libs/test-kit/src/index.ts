export * from './eventually.js';
export * from './fresh-bucket-name.js';
export * from './fresh-database.js';
export * from './fresh-folder.js';
export * from './new-uid.js';
export * from './tcp-proxy.js';
export * from './test-logger.js';
export * from './test-server.js';
