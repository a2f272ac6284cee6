import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type FreshFolder, freshFolder, testServer, testStoreEnvironment } from '@wharf/test-kit';
import type { ChaosService } from './chaos/service.ts';
import { ChaosSystem } from './chaos/system.ts';

// What tests of deaths stand on: of a service there is one process, whoever starts it at the same time.

let folder: FreshFolder;
let system: ChaosSystem;
let service: ChaosService;
/** What it prints. */
const lines: string[] = [];

beforeAll(async () => {
  folder = await freshFolder('wharf-restarts');
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  const log = (line: string) => void lines.push(line);
  system = await ChaosSystem.open({ dir: folder.path, services: ['metadata'], log }, shared);
  service = system.service('metadata');
});

afterAll(async () => {
  await system?.close();
  await folder?.remove();
});

test('a service that two start again at the same time is one process, and ends with it', async () => {
  await Promise.all([service.restart(), service.restart()]);
  expect(lines.filter((line) => line.includes('EADDRINUSE'))).toEqual([]);
  await service.stop();
  await expect(fetch(service.url)).rejects.toThrow('fetch failed');
});
