import { eventually } from '@wharf/test-kit';
import { type Answered, uploadAll } from './load.ts';
import { findFaults, findLostBytes, findOpenFiles, findUntoldUploads, type Place } from './oracle.ts';
import type { Clients, Row } from './rows.ts';
import type { ChaosSystem } from './system.ts';
import { anybody, showToAll, type Users } from './uploaders.ts';

export interface RowResult {
  name: string;
  uploads: number;
  /** Requests beyond the first of each upload. */
  retries: number;
  /** From the end of the load until nothing was left to be repaired. */
  settledAfterMs: number;
  faults: string[];
}

const settleTimeoutMs = 150_000;
const width = 8;

interface RowOptions {
  uploads: number;
  earlier: readonly Answered[];
  /** Undefined where everybody may do everything. */
  users: Users | undefined;
}

/** Runs one row on a system that may have run others before: what those left is not its business but stays correct. */
export async function runRow(
  system: ChaosSystem,
  row: Row,
  { earlier, uploads, users }: RowOptions,
): Promise<{ result: RowResult; answered: Answered[] }> {
  const mishapsBefore = system.mishaps;
  const uploaders = users ? await users.uploaders() : [anybody];
  const gateways = system.services.filter(({ name }) => name === 'gateway');
  await Promise.all(gateways.map((gateway) => gateway.configure(row.gatewaySettings ?? {})));
  await row.prepare?.(system);
  await showToAll(system.gatewayUrls, uploaders);
  const answered = await uploadUnderStrike(system, row, uploads, { uploaders, users });
  const loadedAt = performance.now();
  const faults = await settle(system, row, [...earlier, ...answered], mishapsBefore);
  const settledAfterMs = performance.now() - loadedAt;
  const place = placeOf(system);
  faults.push(...(await findLostBytes(place, answered)));
  faults.push(...(await findUntoldUploads(place, answered)));
  if (users) faults.push(...(await findOpenFiles(place, answered, uploaders)));
  const retries = answered.reduce((sum, { tries }) => sum + tries - 1, 0);
  if (row.isUnnoticed && retries > 0) faults.push(`${retries} requests had to be repeated`);
  return { answered, result: { name: row.name, uploads: answered.length, retries, settledAfterMs, faults } };
}

async function uploadUnderStrike(
  system: ChaosSystem,
  row: Row,
  uploads: number,
  clients: Clients,
): Promise<Answered[]> {
  let strike: Promise<Answered[] | undefined> | undefined;
  const { uploaders } = clients;
  const uploaded = await uploadAll({
    gatewayUrls: system.gatewayUrls,
    uploaders,
    uploads,
    width,
    way: row.way,
    onUpload: (index) => {
      if (index !== Math.floor(uploads / 3)) return;
      strike = row.strike?.(system, clients);
      // It is awaited when the load is over, and may have failed by then.
      strike?.catch(() => undefined);
    },
  });
  return [...uploaded, ...((await strike) ?? [])];
}

/** What is still wrong when everything had the time to be repaired; returns as soon as nothing is. */
async function settle(
  system: ChaosSystem,
  row: Row,
  answered: readonly Answered[],
  mishapsBefore: number,
): Promise<string[]> {
  let faults: string[] = [];
  const check = async () => {
    await system.untilReady();
    faults = await findFaults(placeOf(system), answered);
    if (row.strikes === 'service' && system.mishaps === mishapsBefore)
      faults.push('nothing happened: the row shows nothing');
    if (faults.length > 0) throw new Error('not settled yet');
  };
  await eventually(check, { timeoutMs: settleTimeoutMs, everyMs: 500 }).catch((error: unknown) => {
    if (faults.length === 0) faults.push(String(error));
  });
  return faults;
}

function placeOf(system: ChaosSystem): Place {
  return { gatewayUrl: system.gatewayUrls[0] as string, environment: system.environment };
}
