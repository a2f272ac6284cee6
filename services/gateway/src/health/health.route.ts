import { isReady } from '@wharf/service-kit';
import { addRoute, type Door } from '../access/http/add-route.js';
import { routes } from '../access/route-table.js';
import type { Gateway } from '../gateway.js';

export function addHealthRoutes(door: Door, { health, metrics }: Gateway): void {
  addRoute(door, routes.getLiveness, (context) => {
    context.body = { status: 'ok', checks: {} };
  });
  addRoute(door, routes.getReadiness, async (context) => {
    const report = await health.recentReport();
    context.status = isReady(report) ? 200 : 503;
    context.body = report;
  });
  addRoute(door, routes.getMetrics, async (context) => {
    context.type = metrics.contentType;
    context.body = await metrics.text();
  });
}
