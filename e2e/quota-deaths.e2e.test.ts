import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { FileStored } from '@wharf/contracts';
import { type Bus, backlogOf } from '@wharf/messaging';
import {
  eventually,
  type FreshFolder,
  freshFolder,
  knowsCallers,
  publishKey,
  seededRandom,
  testBus,
  testServer,
  testStoreEnvironment,
} from '@wharf/test-kit';
import { ChaosSystem } from './chaos/system.ts';
import { Ledger } from './quotas/ledger.ts';
import { RandomUploads } from './quotas/random-uploads.ts';

/** Uploads that break off or fail, deletions and deaths, beside all that goes well. */
const wantedEnds = Number(process.env.WHARF_TEST_ENDS ?? 500);
const width = 16;
const killEvery = 120;
/** About as many seconds as the ends take, on a machine that others use too. */
jest.setTimeout(300_000 + wantedEnds * 300);

const seed = Number(process.env.WHARF_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const random = seededRandom(seed);
const owners = Array.from({ length: 5 }, (_, index) => `owner-${index}`);
const quotaBytes = 3_000_000;

const faultPoints = {
  gateway: ['part_open', 'data_synced', 'journal_written', 'renamed', 'published', 'before_answer'].map(
    (point) => `gateway.${point}`,
  ),
  metadata: ['metadata.before_commit', 'metadata.after_commit'],
};

let folder: FreshFolder;
let system: ChaosSystem;
let ledger: Ledger;
let bus: Bus;

beforeAll(async () => {
  folder = await freshFolder('wharf-quotas');
  const shared = { databaseUrl: testServer('WHARF_TEST_DATABASE_URL'), store: testStoreEnvironment() };
  const place = {
    dir: folder.path,
    log: () => undefined,
    services: ['metadata', 'metadata', 'gateway', 'gateway', 'janitor'] as const,
    environment: {
      ...knowsCallers,
      // Many records are late here.
      RECORD_WAIT_MS: '300',
      QUOTA_BYTES: String(quotaBytes),
      QUOTA_FILES: '150',
      MAX_UPLOADS_AT_A_TIME: '6',
    },
    prepare: async (natsUrl: string) => {
      bus = testBus(natsUrl);
      await bus.connected();
      publishKey(bus);
    },
  };
  system = await ChaosSystem.open(place, shared);
  ledger = await Ledger.open(system.environment.DATABASE_URL as string);
});

afterAll(async () => {
  await bus?.drain();
  await ledger?.close();
  await system?.close();
  await folder?.remove();
});

/** Whatever the clients were told, all that will ever be recorded is. */
async function settle(): Promise<void> {
  await eventually(
    async () => {
      await system.untilReady();
      expect(await readdir(path.join(folder.path, 'volume/journal'))).toEqual([]);
      expect(await backlogOf(bus, 'metadata', FileStored)).toBe(0);
    },
    { timeoutMs: 120_000, everyMs: 500 },
  );
}

/** Every other time at any moment, else at a step of the path of a file. */
async function kill(index: number, pick: (count: number) => number): Promise<void> {
  const name = pick(2) === 0 ? 'gateway' : 'metadata';
  const replicas = system.services.filter((service) => service.name === name);
  const service = replicas[pick(replicas.length)];
  if (index % 2 === 0) return service?.kill();
  const point = faultPoints[name][pick(faultPoints[name].length)];
  await service?.restart(`${point}:kill:${1 + pick(10)}`);
}

/** What has happened so far. */
const statuses = new Map<number | 'broken', number>();
const wrong: object[] = [];
const uids: string[] = [];
/** Of every file that was answered. */
const uploaders = new Map<string, string>();
const ends = { aborts: 0, deletions: 0, kills: 0 };
const ended = () => ends.aborts + ends.deletions + ends.kills;

async function deleteOne(uploads: RandomUploads): Promise<void> {
  const status = await uploads.delete(uids.splice(uploads.below(uids.length), 1)[0] as string);
  if (status === 204) ends.deletions++;
}

async function uploadOne(uploads: RandomUploads): Promise<void> {
  const owner = owners[uploads.below(owners.length)] as string;
  const outcome = await uploads.uploadOf(owner);
  const status = outcome === 'broken' ? outcome : outcome.status;
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  if (status === 'broken' || status === 400) ends.aborts++;
  if (outcome === 'broken' || !outcome.uid) return;
  uids.push(outcome.uid);
  uploaders.set(outcome.uid, owner);
}

test(`after ${wantedEnds} random aborts, deaths and deletions the ledger is the sum of the files (seed ${seed})`, async () => {
  const uploads = new RandomUploads(system.gatewayUrls, random);
  let steps = 0;
  const lane = async () => {
    while (ended() < wantedEnds) {
      const index = steps++;
      if (index % killEvery === killEvery - 1) {
        await kill(ends.kills++, (count) => uploads.below(count));
      }
      if (index % 100 === 0) wrong.push(...(await ledger.wrongUsages()));
      await (random() < 0.25 && uids.length > 0 ? deleteOne : uploadOne)(uploads);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  await settle();

  wrong.push(...(await ledger.wrongUsages()));
  expect(wrong).toEqual([]);
  // Whichever gateway has announced it in the end.
  const recorded = await ledger.query<{ uid: string; owner_id: string }>('select uid, owner_id from files');
  const ownerOf = new Map(recorded.map(({ owner_id, uid }) => [uid, owner_id]));
  for (const [uid, owner] of uploaders) expect([uid, ownerOf.get(uid)]).toEqual([uid, owner]);
  for (const owner of owners) {
    const usage = await ledger.usageOf(owner);
    expect(usage?.used_bytes).toBeLessThanOrEqual(quotaBytes);
    expect(usage?.used_files).toBeLessThanOrEqual(150);
  }
  // What uploads had reserved whose gateways died comes back.
  await ledger.lapse();
  await eventually(async () => expect(await ledger.query('select id from upload_reservations')).toEqual([]), {
    timeoutMs: 60_000,
  });
  for (const owner of owners)
    expect(await ledger.usageOf(owner)).toMatchObject({ reserved_bytes: 0, reserved_files: 0 });
  expect(await ledger.wrongUsages()).toEqual([]);

  // It has met what it is about.
  for (const status of [201, 400, 429, 507, 'broken'] as const) expect(statuses.get(status)).toBeGreaterThan(0);
  for (const count of Object.values(ends)) expect(count).toBeGreaterThan(0);
  const strikes = system.services.reduce((sum, service) => sum + service.strikes, 0);
  expect(strikes).toBeGreaterThan(0);
});
