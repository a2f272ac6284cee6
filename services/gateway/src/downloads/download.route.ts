import type Router from '@koa/router';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { serveFile } from './serve-file.js';

export function addDownloadRoutes(router: Router, gateway: Gateway): void {
  // HEAD comes with GET.
  router.get('/files/:uid', async (context) => {
    const record = await gateway.records.get(parseUid(context.params.uid));
    await serveFile(gateway, context, { record, link: undefined });
  });
}
