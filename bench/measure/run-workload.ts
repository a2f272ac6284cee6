import { clockMicroseconds, type Window } from '../report/profile.ts';
import { syncDisk } from '../system/host.ts';
import type { Arena, Entrant, Workload } from '../workloads/workload.ts';
import { interleave } from './interleave.ts';
import { allCpuSeconds, cpuOf, type Row, rateOf } from './results.ts';
import { type Sample, takeSample } from './sample.ts';

export interface Field extends Arena {
  /** On the disk that everybody works on. */
  dir: string;
  repeats: number;
  /** Who takes turns. */
  names: readonly string[];
  /** Told when measured work ran. */
  windows: Window[];
  say(line: string): void;
}

/** All turns of all contestants at one workload. */
export async function runWorkload(workload: Workload, field: Field): Promise<Row[]> {
  const { names, repeats } = field;
  const entrants = new Map<string, { entrant: Entrant; samples: Sample[] }>();
  for (const name of names) entrants.set(name, { entrant: await workload.enter(name, field), samples: [] });
  for (const { name, repeat } of interleave(names, repeats)) {
    const { entrant, samples } = entrants.get(name) as { entrant: Entrant; samples: Sample[] };
    const sample = await takeTurn(entrant, field);
    samples.push(sample);
    const line = describe({ workload, contestant: name, samples: [sample] });
    field.say(`${workload.id} ${repeat + 1}/${repeats} ${line}`);
    await entrant.tidy?.(sample.done);
  }
  for (const { entrant } of entrants.values()) await entrant.leave?.();
  return [...entrants].map(([contestant, { samples }]) => ({ workload, contestant, samples }));
}

async function takeTurn(entrant: Entrant, { dir, windows }: Field): Promise<Sample> {
  await entrant.ready?.();
  syncDisk(dir);
  const from = clockMicroseconds();
  const sample = await takeSample({ own: entrant.processes(), servers: entrant.serverProcesses() }, () =>
    entrant.run(),
  );
  windows.push({ from, to: clockMicroseconds() });
  return sample;
}

function describe(row: Row): string {
  const { contestant, samples, workload } = row;
  const { stolenShare = 0, othersShare = 0, done } = samples[0] ?? {};
  const cost = `${cpuOf(row, allCpuSeconds).median.toFixed(2)} CPU s/${workload.unit === 'MB/s' ? 'GB' : '1,000'}`;
  const client = `client ${(((done?.clientCpuSeconds ?? 0) / (done?.seconds ?? 1)) * 100).toFixed(0)} %`;
  const rate = rateOf(row).median;
  return `${contestant}: ${rate.toFixed(rate < 100 ? 1 : 0)} ${workload.unit}, ${cost}, ${client}, stolen ${(stolenShare * 100).toFixed(0)} %, others ${(othersShare * 100).toFixed(0)} %`;
}
