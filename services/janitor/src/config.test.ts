import { expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import { checkJanitor, janitorSettings } from './config.js';

const { purgeAfterMs, purgeSchedule } = janitorSettings;

test('sweeps run every ten minutes unless told', () => {
  expect(loadConfig({ purgeAfterMs, purgeSchedule }, {})).toEqual({
    purgeAfterMs: 7 * 24 * 3_600_000,
    purgeSchedule: '0 */10 * * * *',
  });
});

test.each(['*/5 * * * *', '30 4 * * 1-5', '* * * * * *'])('%s is a schedule', (schedule) => {
  expect(loadConfig({ purgeSchedule }, { PURGE_SCHEDULE: schedule })).toEqual({ purgeSchedule: schedule });
});

test('a bad schedule and a bad duration are told in one message', () => {
  const load = () =>
    loadConfig({ purgeAfterMs, purgeSchedule }, { PURGE_SCHEDULE: 'every day', PURGE_AFTER: 'a week' });
  expect(load).toThrow(/2 problem/);
  expect(load).toThrow(/PURGE_SCHEDULE: not a cron expression of 5 or 6 fields/);
  expect(load).toThrow(/PURGE_AFTER: must be a duration/);
});

test.each(['61 * * * *', '* * *', '* * * * * * *', '0 0 30 2 *'])('%s is no schedule', (schedule) => {
  expect(() => loadConfig({ purgeSchedule }, { PURGE_SCHEDULE: schedule })).toThrow(/PURGE_SCHEDULE/);
});

const marks = { purgeHighWater: janitorSettings.purgeHighWater, purgeLowWater: janitorSettings.purgeLowWater };

test('the water marks are percentages, 85 and 70 unless told', () => {
  expect(loadConfig(marks, {})).toEqual({ purgeHighWater: 85, purgeLowWater: 70 });
  expect(() => loadConfig(marks, { PURGE_HIGH_WATER: '101', PURGE_LOW_WATER: 'half' })).toThrow(/2 problem/);
});

test.each([
  ['70', '70'],
  ['50', '60.5'],
])('a high water mark of %s with a low one of %s is refused', (high, low) => {
  const environment = { OBJECT_STORE_URL: 'file:///objects', PURGE_HIGH_WATER: high, PURGE_LOW_WATER: low };
  expect(() => loadConfig(janitorSettings, { NATS_URL: 'nats://nats', ...environment }, checkJanitor)).toThrow(
    /1 problem.*\n.*PURGE_HIGH_WATER: must be above PURGE_LOW_WATER/,
  );
});
