import { createReadStream, statSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream';
import busboy from 'busboy';
import { landFile } from './land-file.js';
import { answer, folder, refuse, serve } from './serve.js';

/** The reference: what a Node program does that takes files with nothing between it and `node:http` (forms: busboy). */
serve(async (request, response) => {
  try {
    if (request.method === 'GET') return sendFile(request, response);
    answer(response, request.url === '/form' ? await takeForm(request) : await landFile(request, folder));
  } catch (error) {
    refuse(response, error);
  }
});

function takeForm(request) {
  return new Promise((resolve, reject) => {
    const form = busboy({ headers: request.headers });
    form.on('file', (_name, file) => {
      landFile(file, folder).then(resolve, reject);
    });
    form.on('error', reject);
    request.pipe(form);
  });
}

function sendFile(request, response) {
  const file = path.join(folder, path.basename(request.url));
  const { size } = statSync(file);
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  const [start, end] = range ? [Number(range[1]), Number(range[2])] : [0, size - 1];
  response.writeHead(range ? 206 : 200, { 'Content-Length': end - start + 1 });
  pipeline(createReadStream(file, { start, end }), response, () => undefined);
}
