import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

interface Locked {
  version?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
}

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

test.each(['package-lock.json', 'bench/package-lock.json'])('%s pins every package by its digest', (file) => {
  const { packages } = JSON.parse(read(file)) as { packages: Record<string, Locked> };
  const fromRegistry = Object.entries(packages).filter(([place, { link }]) => place.includes('node_modules/') && !link);
  expect(fromRegistry.length).toBeGreaterThan(100);
  // npm leaves digests out of entries for other platforms at times: remove such entries and run `npm install --package-lock-only`.
  expect(fromRegistry.filter(([, { integrity }]) => !integrity?.startsWith('sha512-'))).toEqual([]);
  // Whichever registry is configured, not one of the machine on which the file was written.
  expect(fromRegistry.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

test('packages may not run code of theirs when they are installed', () => {
  expect(read('.npmrc').split('\n')).toContain('ignore-scripts=true');
});
