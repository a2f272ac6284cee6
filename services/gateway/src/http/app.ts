import Router from '@koa/router';
import { AppError } from '@wharf/service-kit';
import Koa from 'koa';
import type { Door } from '../access/http/add-route.js';
import { authenticate } from '../access/http/authenticate.js';
import { addAccountRoutes } from '../accounts/account.route.js';
import { addPasswordRoute } from '../accounts/password.route.js';
import { addSessionRoutes } from '../accounts/session.route.js';
import { addUserRoutes } from '../accounts/user.route.js';
import { addArchiveRoutes } from '../archives/archive.route.js';
import { addAttachmentRoutes } from '../attachments/attachment.route.js';
import { addFormRoute } from '../attachments/form.route.js';
import { addDocsRoutes } from '../docs/docs.route.js';
import { addDownloadRoutes, addNamedDownloadRoutes } from '../downloads/download.route.js';
import { addEventRoutes } from '../events/events.route.js';
import { addFileRoutes } from '../files/file.route.js';
import type { Gateway } from '../gateway.js';
import { addHealthRoutes } from '../health/health.route.js';
import { addLinkRoutes } from '../links/link.route.js';
import { addSharedLinkRoutes } from '../links/shared-link.route.js';
import { addPageRoutes } from '../pages/page.route.js';
import { addRequestRoutes } from '../requests/request.route.js';
import { addRequestPageRoutes } from '../requests/request-page.route.js';
import { addIetfOptions } from '../resumable/ietf/ietf.route.js';
import { addTusOptions, addTusRoutes } from '../resumable/tus/tus.route.js';
import { addAuditRoutes } from '../system/audit.route.js';
import { addDeadLetterRoutes } from '../system/dead-letter.route.js';
import { addSystemRoute } from '../system/system.route.js';
import { addUploadRoutes } from '../uploads/upload.route.js';
import { setAnswerDefaults } from './answer-defaults.js';
import { answerProblems } from './answer-problems.js';
import { checkRequests } from './check-requests.js';
import { shareAcrossOrigins } from './cors.js';
import { failRequest } from './fail-request.js';
import { closeAfterUpgrade } from './ignored-upgrades.js';
import { logRequests } from './log-requests.js';
import { refuseForeignPages } from './refuse-foreign-pages.js';
import { identifyRequests } from './request-id.js';
import { requireTarget } from './request-target.js';
import { requireAllowedHost } from './require-allowed-host.js';
import { RunningRequests } from './running-requests.js';
import { refuseTransferCodings } from './transfer-codings.js';
import { requireValidHost } from './valid-host.js';

/** The gateway's HTTP application, without a server. */
export function createApp(gateway: Gateway, requests: RunningRequests): Koa {
  const { publicUrl, trustedProxies } = gateway.config;
  // As many addresses from the end of X-Forwarded-For as there are proxies: what stands before them anybody may have written.
  const app = new Koa({ proxy: trustedProxies > 0, maxIpsCount: trustedProxies });
  // What proxies say of the scheme does not count then; cookies are `Secure` by it.
  if (publicUrl) Object.defineProperty(app.request, 'protocol', { value: new URL(publicUrl).protocol.slice(0, -1) });
  // Errors are answered and logged by the middleware below; what fails outside of it is no text of Koa's either.
  app.context.onerror = function (error) {
    if (error) failRequest(this.res, error, gateway.logger);
  };
  app.use(identifyRequests());
  app.use(logRequests(gateway));
  app.use(setAnswerDefaults());
  app.use(answerProblems(gateway));
  const checks = [closeAfterUpgrade, requireValidHost(), requireTarget, refuseTransferCodings];
  app.use(checkRequests([...checks, requireAllowedHost(gateway.config)]));
  if (gateway.config.corsOrigins.length > 0) app.use(shareAcrossOrigins(gateway.config));
  app.use(checkRequests([refuseForeignPages(gateway.config)]));
  app.use(refuseUnknownRoutes());
  app.use(requests.watch());

  const { access } = gateway;
  const open = publicDoor(gateway);
  app.use(open.router.routes());
  if (!access.isOpen) app.use(authenticate(access));
  const api = apiDoor(gateway);
  app.use(api.router.routes());
  // It looks at what both have matched.
  app.use(api.router.allowedMethods());
  return app;
}

/** What lies before the door at which callers are known: nothing here looks at who comes. */
function publicDoor(gateway: Gateway): Door {
  const door = { router: new Router(), access: gateway.access };
  addSharedLinkRoutes(door, gateway);
  addRequestPageRoutes(door, gateway);
  addFormRoute(door, gateway);
  addSessionRoutes(door, gateway);
  addHealthRoutes(door, gateway);
  addDocsRoutes(door);
  addPageRoutes(door, gateway);
  addTusOptions(door, gateway);
  addIetfOptions(door, gateway);
  return door;
}

function apiDoor(gateway: Gateway): Door {
  const door = { router: new Router(), access: gateway.access };
  addUploadRoutes(door, gateway);
  addTusRoutes(door, gateway);
  addDownloadRoutes(door, gateway);
  addFileRoutes(door, gateway);
  addEventRoutes(door, gateway);
  addLinkRoutes(door, gateway);
  addArchiveRoutes(door, gateway);
  addRequestRoutes(door, gateway);
  addAttachmentRoutes(door, gateway);
  addNamedDownloadRoutes(door, gateway);
  addAccountRoutes(door, gateway);
  addPasswordRoute(door, gateway);
  addUserRoutes(door, gateway);
  addSystemRoute(door, gateway);
  addDeadLetterRoutes(door, gateway);
  addAuditRoutes(door, gateway);
  return door;
}

/** The router's own answers for what it does not take, as problems; it has set `Allow` by then. */
function refuseUnknownRoutes(): Koa.Middleware {
  return async (context, next) => {
    await next();
    if (context.respond === false) return;
    // The page of a link or a request that is not there has a body.
    if (context.status === 404 && context.body == null) throw new AppError('route_not_found', 'there is no such route');
    if (context.status === 405 || context.status === 501) {
      throw new AppError('method_not_allowed', `this route does not take ${context.method}`);
    }
  };
}
