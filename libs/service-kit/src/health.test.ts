import { expect, test } from '@jest/globals';
import { Health, isReady } from './health.js';

const away = () => Promise.reject(new Error('away'));

test('all well is ok', async () => {
  const health = new Health();
  health.addProbe('nats', () => undefined);
  expect(await health.report()).toEqual({ status: 'ok', checks: { nats: { status: 'ok' } } });
});

test('without an essential dependency a process is not ready, and says why', async () => {
  const health = new Health();
  health.addProbe('postgres', away);
  const report = await health.report();
  expect(report).toEqual({ status: 'unavailable', checks: { postgres: { status: 'unavailable', detail: 'away' } } });
  expect(isReady(report)).toBe(false);
});

test('without another it is degraded, and stays ready', async () => {
  const health = new Health();
  health.addProbe('volume', () => undefined);
  health.addProbe('nats', away, { isEssential: false });
  const report = await health.report();
  expect(report.status).toBe('degraded');
  expect(isReady(report)).toBe(true);
});

test('an essential failure outweighs a lesser one, in any order', async () => {
  const health = new Health();
  health.addProbe('volume', away);
  health.addProbe('nats', away, { isEssential: false });
  expect((await health.report()).status).toBe('unavailable');
});

test('a draining process is not ready', async () => {
  const health = new Health();
  health.startDraining();
  expect(isReady(await health.report())).toBe(false);
});

test('a probe that hangs is a failure', async () => {
  const health = new Health();
  health.addProbe('nats', () => new Promise(() => undefined));
  expect((await health.report()).checks.nats?.detail).toMatch(/no answer/);
});
