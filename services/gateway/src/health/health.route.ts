import type Router from '@koa/router';
import { isReady } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';

export function addHealthRoutes(router: Router, { health, metrics }: Gateway): void {
  router.get('/health/live', (context) => {
    context.body = { status: 'ok', checks: {} };
  });
  router.get('/health/ready', async (context) => {
    const report = await health.recentReport();
    context.status = isReady(report) ? 200 : 503;
    context.body = report;
  });
  router.get('/metrics', async (context) => {
    context.type = metrics.contentType;
    context.body = await metrics.text();
  });
}
