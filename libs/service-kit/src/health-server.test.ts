import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Health } from './health.js';
import { type HealthServer, serveHealth } from './health-server.js';
import { createLogger } from './logger.js';
import { Metrics } from './metrics.js';

const logger = createLogger('test', 'silent');

let server: HealthServer;

beforeAll(async () => {
  server = await serveHealth({
    host: '127.0.0.1',
    port: 0,
    health: new Health(),
    metrics: new Metrics('test'),
    logger,
  });
});

afterAll(() => server.close());

test('a method that is not taken is answered with those that are', async () => {
  const answer = await fetch(`${server.url}/health/live`, { method: 'POST' });
  expect([answer.status, answer.headers.get('Allow')]).toEqual([405, 'GET, HEAD']);
});

test('however many ask, dependencies are probed and metrics put together once a second', async () => {
  let probes = 0;
  let readings = 0;
  const [health, metrics] = [new Health(), new Metrics('test')];
  health.addProbe('store', () => void probes++);
  const gauge = metrics.gauge('test_readings', 'how often it was read');
  const { get } = gauge;
  gauge.get = () => {
    readings++;
    return get.call(gauge);
  };
  const busy = await serveHealth({ host: '127.0.0.1', port: 0, health, metrics, logger });
  try {
    const startedAt = performance.now();
    const paths = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? '/health/ready' : '/metrics'));
    const answers = await Promise.all(paths.map((path) => fetch(`${busy.url}${path}`)));
    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    await Promise.all(answers.map((answer) => answer.text()));
    const most = 1 + (performance.now() - startedAt) / 1000;
    expect(probes).toBeLessThanOrEqual(most);
    expect(readings).toBeLessThanOrEqual(most);
  } finally {
    await busy.close();
  }
});

test('a request that fails is answered 500, and others are answered as before', async () => {
  const metrics = new Metrics('test');
  metrics.gauge('test_broken', 'cannot be read').get = () => Promise.reject(new Error('broken'));
  const broken = await serveHealth({ host: '127.0.0.1', port: 0, health: new Health(), metrics, logger });
  try {
    const answers = await Promise.all(['/metrics', '/health/live'].map((path) => fetch(`${broken.url}${path}`)));
    expect(answers.map(({ status }) => status)).toEqual([500, 200]);
    expect(await answers[0]?.json()).toEqual({ status: 500 });
  } finally {
    await broken.close();
  }
});
