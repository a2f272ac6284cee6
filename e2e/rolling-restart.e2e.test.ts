import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FileRecord } from '@wharf/contracts';
import { eventually, type FreshFolder, freshFolder, testServer, testStoreEnvironment } from '@wharf/test-kit';
import type { Answered } from './chaos/load.ts';
import { findFaults, findLostBytes } from './chaos/oracle.ts';
import { ChaosSystem } from './chaos/system.ts';
import { anybody } from './chaos/uploaders.ts';
import { sha256 } from './client.ts';

jest.setTimeout(480_000);

const uploads = 2000;
const width = 8;
const probeMs = 50;
const probeTimeoutMs = 500;
/** Probes without an answer in time, one after the other, after which a gateway counts as gone: as many as Kubernetes waits for. */
const silentProbes = 3;
/** Between the uploads of one client: the load is constant, not as much as the machine can bear. */
const restMs = 80;

let folder: FreshFolder;
let system: ChaosSystem;

beforeAll(async () => {
  folder = await freshFolder('wharf-rolling');
  const place = {
    dir: path.join(folder.path, 'data'),
    log: () => undefined,
    services: ['metadata', 'metadata', 'cloud-sync', 'cloud-sync', 'janitor', 'janitor', 'gateway', 'gateway'] as const,
    // Longer than the balancer below needs to notice.
    environment: { DRAIN_DELAY_MS: '2500', SHUTDOWN_GRACE_MS: '10000' },
  };
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  system = await ChaosSystem.open(place, shared);
});

afterAll(async () => {
  await system?.close();
  await folder?.remove();
});

/**
 * Which gateways say that they are ready: each is asked again and again, as load balancers do. One that says no, or takes no connection, gets no
 * request from then on; one that is only slow to say it has a few tries.
 */
function balance(urls: readonly string[]) {
  const ready = new Set(urls);
  let turn = 0;
  let isOver = false;
  const probe = async (url: string) => {
    const signal = AbortSignal.timeout(probeTimeoutMs);
    try {
      const answer = await fetch(`${url}/health/ready`, { headers: { connection: 'close' }, signal });
      await answer.body?.cancel();
      return answer.status === 200 ? 'ready' : 'away';
    } catch {
      return signal.aborted ? 'silent' : 'away';
    }
  };
  const watch = async (url: string) => {
    for (let silences = 0; !isOver; await delay(probeMs)) {
      const state = await probe(url);
      silences = state === 'silent' ? silences + 1 : 0;
      if (state === 'ready') ready.add(url);
      else if (state === 'away' || silences >= silentProbes) ready.delete(url);
    }
  };
  const watching = urls.map(watch);
  return {
    pick: () => [...ready][turn++ % Math.max(ready.size, 1)] ?? (urls[0] as string),
    stop: async () => {
      isOver = true;
      await Promise.all(watching);
    },
  };
}

test('every process is restarted under load, one after another, and no request fails', async () => {
  const balancer = balance(system.gatewayUrls);
  const answered: Answered[] = [];
  const failures: string[] = [];
  let isRestarting = true;
  let begun = 0;
  const upload = async () => {
    const bytes = randomBytes(1 + Math.floor(Math.random() * 20_000));
    for (let tries = 1; ; tries++) {
      const init = { method: 'POST', body: bytes };
      const answer = await fetch(`${balancer.pick()}/api/v1/files/stream`, init);
      const body: unknown = await answer.json();
      if (answer.status === 201 || answer.status === 202) {
        const { uid } = FileRecord.parse(body);
        answered.push({ uid, sha256: sha256(bytes), sizeBytes: bytes.length, by: anybody, messageId: null, tries });
        return;
      }
      if (answer.status !== 503) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
      await delay(100);
    }
  };
  const client = async () => {
    while (begun < uploads || isRestarting) {
      begun++;
      await delay(restMs);
      await upload().catch((error: Error) => failures.push(String(error.cause ?? error)));
    }
  };
  const load = Array.from({ length: width }, client);
  for (const service of system.services) await service.restart();
  isRestarting = false;
  await Promise.all(load);
  await balancer.stop();

  expect(failures).toEqual([]);
  expect(answered.length).toBeGreaterThanOrEqual(uploads);
  const place = { gatewayUrl: system.gatewayUrls[0] as string, environment: system.environment };
  await eventually(async () => expect(await findFaults(place, answered)).toEqual([]), {
    timeoutMs: 90_000,
    everyMs: 1000,
  });
  expect(await findLostBytes(place, answered)).toEqual([]);
});
