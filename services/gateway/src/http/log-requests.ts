import type { Middleware } from 'koa';
import type { Gateway } from '../gateway.js';
import { safePath } from './safe-path.js';

/** One line a request when its answer is over, and the metrics of it. Health checks and scrapes are left out. */
export function logRequests({ logger, metrics, health }: Gateway): Middleware {
  const durations = metrics.histogram('wharf_http_request_seconds', 'Time from the request to the end of its answer', [
    'method',
    'route',
    'status',
  ]);
  return (context, next) => {
    const startedAt = performance.now();
    // Read now: a socket that is closed has forgotten its address.
    const { ip } = context;
    // A client that keeps its connection would be cut off in the middle when this replica goes away.
    if (health.isDraining) context.set('Connection', 'close');
    context.res.once('close', () => {
      const route = String(context.state.routerPath ?? context._matchedRoute ?? 'none');
      if (route.startsWith('/health') || route === '/metrics') return;
      const durationMs = performance.now() - startedAt;
      const { method, status } = context;
      const path = safePath(context.req.url ?? '');
      durations.observe({ method, route, status: String(status) }, durationMs / 1000);
      const isComplete = context.res.writableFinished;
      logger.info(
        {
          method,
          path,
          status,
          durationMs: Math.round(durationMs),
          isComplete,
          ip,
          requestId: context.state.requestId,
        },
        'request',
      );
    });
    return next();
  };
}
