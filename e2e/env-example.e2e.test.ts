import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { cloudSyncSettings } from '@wharf/cloud-sync';
import { gatewaySettings } from '@wharf/gateway';
import { janitorSettings } from '@wharf/janitor';
import { metadataSettings } from '@wharf/metadata';
import { defaultOf, type Setting } from '@wharf/service-kit';

const settings: Setting<unknown>[] = [gatewaySettings, metadataSettings, cloudSyncSettings, janitorSettings].flatMap(
  (ofService) => Object.values<Setting<unknown>>(ofService),
);
const example = new Map(
  readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .map((line) => line.split(/=(.*)/s) as [string, string]),
);

test('.env.example holds every variable, and no other', () => {
  expect([...example.keys()].sort()).toEqual([...new Set(settings.map((setting) => setting.name))].sort());
});

test('.env.example shows the defaults', () => {
  // Each service has a health port of its own.
  for (const setting of settings.filter(({ name }) => name !== 'HEALTH_PORT')) {
    expect([setting.name, example.get(setting.name)]).toEqual([setting.name, defaultOf(setting) ?? '']);
  }
});
