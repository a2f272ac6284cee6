import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Health, isReady } from './health.js';
import type { Metrics } from './metrics.js';
import { originOf } from './origin-of.js';

export interface HealthServer {
  url: string;
  close(): Promise<void>;
}

/** `/health/live`, `/health/ready` (200 or 503) and `/metrics` for a process that has no other HTTP door. */
export async function serveHealth(options: {
  host: string;
  port: number;
  health: Health;
  metrics: Metrics;
}): Promise<HealthServer> {
  const { health, metrics } = options;
  const server = createServer(async (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return sendJson(response, 405, { status: 405 });
    }
    switch (request.url?.split('?')[0]) {
      case '/health/live':
        return sendJson(response, 200, { status: 'ok', checks: {} });
      case '/health/ready': {
        const report = await health.recentReport();
        return sendJson(response, isReady(report) ? 200 : 503, report);
      }
      case '/metrics':
        response.setHeader('Content-Type', metrics.contentType);
        return response.end(await metrics.text());
      default:
        return sendJson(response, 404, { status: 404 });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: originOf(options.host, port),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
