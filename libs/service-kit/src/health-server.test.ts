import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Health } from './health.js';
import { type HealthServer, serveHealth } from './health-server.js';
import { Metrics } from './metrics.js';

let server: HealthServer;

beforeAll(async () => {
  server = await serveHealth({ host: '127.0.0.1', port: 0, health: new Health(), metrics: new Metrics('test') });
});

afterAll(() => server.close());

test('a method that is not taken is answered with those that are', async () => {
  const answer = await fetch(`${server.url}/health/live`, { method: 'POST' });
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
});
