import { PassThrough } from 'node:stream';
import Koa from 'koa';
import { koaBody } from 'koa-body';
import { landFile } from './land-file.js';
import { folder, serve } from './serve.js';

// formidable lets its files go to any stream; which of them landed is looked up by that stream's file.
const landings = new WeakMap();

const app = new Koa();
app.use(
  koaBody({
    multipart: true,
    formidable: {
      maxFileSize: Number.MAX_SAFE_INTEGER,
      fileWriteStreamHandler: (file) => {
        const stream = new PassThrough();
        landings.set(file, landFile(stream, folder));
        return stream;
      },
    },
  }),
);
app.use(async (context) => {
  context.status = 201;
  context.body = await landings.get([context.request.files.file].flat()[0]);
});
serve(app.callback());
