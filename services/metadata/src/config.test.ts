import { expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import { metadataSettings } from './config.js';

const { claimLeaseMs, databaseUrl } = metadataSettings;

test.each([
  ['30', 30_000],
  ['0.2', 200],
  ['1m', 60_000],
])('a claim may be leased for %s', (text, milliseconds) => {
  expect(loadConfig({ claimLeaseMs }, { CLAIM_LEASE: text })).toEqual({ claimLeaseMs: milliseconds });
});

test.each(['0', '0.05', '-1', 'long'])('no claim is leased for %j', (text) => {
  expect(() => loadConfig({ claimLeaseMs }, { CLAIM_LEASE: text })).toThrow(/CLAIM_LEASE: must be/);
});

test.each([undefined, '', 'localhost/wharf', 'mysql://wharf'])('no database is guessed for DATABASE_URL=%s', (text) => {
  const example = /^DATABASE_URL: must be .*postgresql:\/\/user:password@host/m;
  expect(() => loadConfig({ databaseUrl }, { DATABASE_URL: text })).toThrow(
    expect.objectContaining({ problems: [expect.stringMatching(example)] }),
  );
});
