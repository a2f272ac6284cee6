import multipart from '@fastify/multipart';
import { fastify } from 'fastify';
import { landFile } from './land-file.js';
import { folder, port } from './serve.js';

const app = fastify({ bodyLimit: Number.MAX_SAFE_INTEGER });
await app.register(multipart, { limits: { fileSize: Number.POSITIVE_INFINITY } });
app.post('/form', async (request, reply) => {
  const part = await request.file();
  reply.code(201);
  return landFile(part.file, folder);
});
await app.listen({ port, host: '127.0.0.1' });
