import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Health, isReady } from './health.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { originOf } from './origin-of.js';

export interface HealthServer {
  url: string;
  close(): Promise<void>;
}

interface HealthServerOptions {
  host: string;
  port: number;
  health: Health;
  metrics: Metrics;
  logger: Logger;
}

/** `/health/live`, `/health/ready` (200 or 503) and `/metrics` for a process that has no other HTTP door. */
export async function serveHealth(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch((error: unknown) => {
      options.logger.error({ error, url: request.url }, 'a request to the health server failed');
      sendJson(response, 500, { status: 500 });
    });
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

async function answer(
  { health, metrics }: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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
    case '/metrics': {
      const text = await metrics.text();
      response.writeHead(200, { 'Content-Type': metrics.contentType }).end(text);
      return;
    }
    default:
      return sendJson(response, 404, { status: 404 });
  }
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify(body));
}
