import type { Client } from '../client/start-client.ts';
import { clockMicroseconds, type Window } from '../report/profile.ts';
import type { Contestant } from '../system/contestant.ts';
import type { ContestantName, Contestants } from '../system/contestants.ts';
import { syncDisk } from '../system/host.ts';
import type { Workload } from '../workloads/workload.ts';
import { interleave } from './interleave.ts';
import { allCpuSeconds, cpuOf, type Row, rateOf } from './results.ts';
import { type Sample, takeSample } from './sample.ts';

export interface Field {
  contestants: Contestants;
  client: Client;
  /** On the disk that everybody works on. */
  dir: string;
  repeats: number;
  /** Who takes turns. */
  names: readonly ContestantName[];
  /** Told when measured work ran. */
  windows: Window[];
  say(line: string): void;
}

/** All turns of all contestants at one workload. */
export async function runWorkload(workload: Workload, field: Field): Promise<Row[]> {
  const { client, contestants, names, repeats, say, windows } = field;
  const samples = new Map<ContestantName, Sample[]>(names.map((name) => [name, []]));
  for (const name of names) await workload.prepare?.(await contestants.get(name), client);
  for (const { name, repeat } of interleave(names, repeats)) {
    const contestant = await contestants.get(name);
    syncDisk(field.dir);
    const measured = { own: contestant.processes(), servers: contestant.serverProcesses?.() ?? [] };
    const from = clockMicroseconds();
    const sample = await takeSample(measured, () => workload.run(contestant, client));
    windows.push({ from, to: clockMicroseconds() });
    samples.get(name)?.push(sample);
    say(`${workload.id} ${repeat + 1}/${repeats} ${describe({ workload, contestant: name, samples: [sample] })}`);
    await workload.tidy?.(contestant as Contestant, sample.done);
  }
  return names.map((contestant) => ({ workload, contestant, samples: samples.get(contestant) ?? [] }));
}

function describe(row: Row): string {
  const { contestant, samples, workload } = row;
  const { stolenShare = 0, othersShare = 0, done } = samples[0] ?? {};
  const cost = `${cpuOf(row, allCpuSeconds).median.toFixed(2)} CPU s/${workload.unit === 'MB/s' ? 'GB' : '1,000'}`;
  const client = `client ${(((done?.clientCpuSeconds ?? 0) / (done?.seconds ?? 1)) * 100).toFixed(0)} %`;
  const rate = rateOf(row).median;
  return `${contestant}: ${rate.toFixed(rate < 100 ? 1 : 0)} ${workload.unit}, ${cost}, ${client}, stolen ${(stolenShare * 100).toFixed(0)} %, others ${(othersShare * 100).toFixed(0)} %`;
}
