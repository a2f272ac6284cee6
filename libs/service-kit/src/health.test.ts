import { expect, jest, test } from '@jest/globals';
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

test('however often it is asked for, a recent report probes once a second, and draining shows at once', async () => {
  jest.useFakeTimers();
  try {
    let probes = 0;
    const health = new Health();
    health.addProbe('postgres', () => void probes++);
    for (let count = 0; count < 2000; count++) expect((await health.recentReport()).status).toBe('ok');
    expect(probes).toBe(1);
    jest.advanceTimersByTime(1000);
    await Promise.all(Array.from({ length: 2000 }, () => health.recentReport()));
    expect(probes).toBe(2);
    health.startDraining();
    expect(await health.recentReport()).toMatchObject({ status: 'draining', checks: { postgres: { status: 'ok' } } });
    expect(probes).toBe(2);
  } finally {
    jest.useRealTimers();
  }
});

test('a failure is recent for a second as well, unless its cause is known to be over', async () => {
  let isAway = true;
  const health = new Health();
  health.addProbe('nats', () => (isAway ? away() : undefined));
  expect((await health.recentReport()).status).toBe('unavailable');
  isAway = false;
  expect((await health.recentReport()).status).toBe('unavailable');
  health.forgetRecent();
  expect((await health.recentReport()).status).toBe('ok');
});

test('a report that is asked for by a decision is of this moment', async () => {
  let isAway = false;
  const health = new Health();
  health.addProbe('nats', () => (isAway ? away() : undefined));
  expect((await health.recentReport()).status).toBe('ok');
  isAway = true;
  expect((await health.report()).status).toBe('unavailable');
});
