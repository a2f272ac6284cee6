import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, describeSettings, loadConfig } from './load-config.js';
import { Duration, integer, setting, WordList } from './settings.js';

const settings = {
  port: setting('PORT', integer({ max: 65_535 }).prefault('8080'), 'the port'),
  purgeAfterMs: setting('PURGE_AFTER', Duration.prefault('7d'), 'the age'),
  types: setting('TYPES', WordList.prefault(''), 'the types'),
  password: setting('PASSWORD', z.string(), 'the password', { secret: true }),
};

describe('loadConfig', () => {
  test('defaults stand in for what is unset or empty', () => {
    expect(loadConfig(settings, { PASSWORD: 'x', PORT: '' })).toEqual({
      port: 8080,
      purgeAfterMs: 7 * 86_400_000,
      types: [],
      password: 'x',
    });
  });

  test('every problem is told in one message', () => {
    const load = () => loadConfig(settings, { PORT: '70000', PURGE_AFTER: 'soon' });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(/3 problem\(s\)[\s\S]*PORT: [\s\S]*PURGE_AFTER: [\s\S]*PASSWORD: /);
  });

  test('a secret is read from the file that <NAME>_FILE names', () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), 'secret-')), 'password');
    writeFileSync(file, 'from a file\n');
    expect(loadConfig(settings, { PASSWORD_FILE: file }).password).toBe('from a file');
  });

  test('a secret file that is missing is a problem of its variable', () => {
    expect(() => loadConfig(settings, { PASSWORD_FILE: '/nowhere/at/all' })).toThrow(/PASSWORD: .*nowhere/);
  });

  test('--help shows every variable with its default', () => {
    const help = describeSettings(settings);
    expect(help).toContain('PORT\n      the port (default: 8080)');
    expect(help).toContain('PASSWORD, PASSWORD_FILE');
  });
});

test.each([
  ['0s', 0],
  ['500ms', 500],
  ['90s', 90_000],
  ['36h', 36 * 3_600_000],
  ['1.5h', 5_400_000],
  ['0.1004s', 100],
])('the duration %s', (text, milliseconds) => {
  expect(Duration.parse(text)).toBe(milliseconds);
});

test.each(['', '7', '7 d', '-1s', 'd'])('%j is no duration', (text) => {
  expect(Duration.safeParse(text).success).toBe(false);
});
