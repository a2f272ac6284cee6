import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';
import { folder, serve } from './serve.js';

/** As it comes: a creation with the whole upload in it, no digest, no sync. */
const server = new Server({
  path: '/files',
  datastore: new FileStore({ directory: folder }),
  respectForwardedHeaders: false,
});
serve((request, response) => server.handle(request, response));
