import { eventually } from '@wharf/test-kit';
import { type Answered, uploadAll } from './load.ts';
import { findFaults, findLostBytes, type Place } from './oracle.ts';
import type { Row } from './rows.ts';
import type { ChaosSystem } from './system.ts';

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

/** Runs one row on a system that may have run others before: what those left is not its business but stays correct. */
export async function runRow(
  system: ChaosSystem,
  row: Row,
  options: { uploads: number; earlier: readonly Answered[] },
): Promise<{ result: RowResult; answered: Answered[] }> {
  const { earlier, uploads } = options;
  const mishapsBefore = system.mishaps;
  await row.prepare?.(system);
  let strike: ReturnType<NonNullable<Row['strike']>> | undefined;
  const uploaded = await uploadAll({
    gatewayUrls: system.gatewayUrls,
    uploads,
    width,
    onUpload: (index) => {
      if (index === Math.floor(uploads / 3)) strike = row.strike?.(system);
    },
  });
  const answered = [...uploaded, ...((await strike) ?? [])];
  const loadedAt = performance.now();
  const faults = await settle(system, row, [...earlier, ...answered], mishapsBefore);
  const settledAfterMs = performance.now() - loadedAt;
  const place = placeOf(system);
  const lost = await findLostBytes(place, answered);
  const retries = answered.reduce((sum, { tries }) => sum + tries - 1, 0);
  return {
    answered,
    result: { name: row.name, uploads: answered.length, retries, settledAfterMs, faults: [...faults, ...lost] },
  };
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
