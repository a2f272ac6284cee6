import Router from '@koa/router';
import { AppError } from '@wharf/service-kit';
import Koa from 'koa';
import { addDownloadRoutes } from '../downloads/download.route.js';
import { addFileRoutes } from '../files/file.route.js';
import type { Gateway } from '../gateway.js';
import { addHealthRoutes } from '../health/health.route.js';
import { addUploadRoutes } from '../uploads/upload.route.js';
import { answerProblems } from './answer-problems.js';
import { logRequests } from './log-requests.js';
import { identifyRequests } from './request-id.js';

/** The gateway's HTTP application, without a server. */
export function createApp(gateway: Gateway): Koa {
  const app = new Koa();
  app.silent = true; // errors are answered and logged by the middleware below
  app.use(identifyRequests());
  app.use(logRequests(gateway));
  app.use(answerProblems(gateway));
  app.use(refuseUnknownRoutes());

  const api = new Router({ prefix: '/api/v1' });
  addUploadRoutes(api, gateway);
  addDownloadRoutes(api, gateway);
  addFileRoutes(api, gateway);
  const root = new Router();
  addHealthRoutes(root, gateway);
  for (const router of [api, root]) {
    app.use(router.routes());
    app.use(
      router.allowedMethods({
        throw: true,
        methodNotAllowed: () => new AppError('method_not_allowed', 'this route does not take that method'),
        notImplemented: () => new AppError('method_not_allowed', 'no route takes that method'),
      }),
    );
  }
  return app;
}

/** Koa's own 404 for what no route took, as a problem. */
function refuseUnknownRoutes(): Koa.Middleware {
  return async (context, next) => {
    await next();
    if (context.status === 404 && context.respond !== false) {
      throw new AppError('route_not_found', 'there is no such route');
    }
  };
}
