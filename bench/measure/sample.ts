import type { WorkDone } from '../client/orders.ts';
import type { MeasuredProcess } from '../system/contestant.ts';
import { type MachineSeconds, readMachine } from '../system/host.ts';
import { resetPeaks, usageOf } from '../system/process-usage.ts';
import { sum } from './statistics.ts';

/** What one piece of work moved and cost. */
export interface Sample {
  done: WorkDone;
  /** CPU seconds by process. */
  cpuSeconds: Record<string, number>;
  peakRssBytes: Record<string, number>;
  /** Of processes that the work needs beside, such as databases. */
  serverCpuSeconds: Record<string, number>;
  /** Share of the machine's time that its host gave to others, 0 to 1. */
  stolenShare: number;
  /** Share of the machine's time in which it worked for anybody but the measured processes, us and the client, 0 to 1. */
  othersShare: number;
}

export interface Measured {
  own: readonly MeasuredProcess[];
  servers: readonly MeasuredProcess[];
}

/** Runs the work and reads before and after what the processes have used. */
export async function takeSample({ own, servers }: Measured, work: () => Promise<WorkDone>): Promise<Sample> {
  for (const { pid } of own) resetPeaks(pid);
  const before = [...own, ...servers].map(({ pid }) => usageOf(pid));
  const machineBefore = readMachine();
  const oursBefore = process.cpuUsage();
  const done = await work();
  const ours = process.cpuUsage(oursBefore);
  const machine = differenceOf(machineBefore, readMachine());
  const sample: Sample = {
    done,
    cpuSeconds: {},
    peakRssBytes: {},
    serverCpuSeconds: {},
    stolenShare: 0,
    othersShare: 0,
  };
  for (const [index, { name, pid }] of [...own, ...servers].entries()) {
    const { cpuSeconds, peakRssBytes } = usageOf(pid);
    const isOwn = index < own.length;
    const into = isOwn ? sample.cpuSeconds : sample.serverCpuSeconds;
    into[name] = (into[name] ?? 0) + cpuSeconds - (before[index]?.cpuSeconds ?? 0);
    if (isOwn) sample.peakRssBytes[name] = peakRssBytes;
  }
  const known = sum(Object.values(sample.cpuSeconds)) + sum(Object.values(sample.serverCpuSeconds));
  const harness = done.clientCpuSeconds + (ours.user + ours.system) / 1e6;
  if (machine.all > 0) {
    sample.stolenShare = machine.stolen / machine.all;
    sample.othersShare = Math.max(0, machine.busy - known - harness) / machine.all;
  }
  return sample;
}

function differenceOf(before: MachineSeconds, after: MachineSeconds): MachineSeconds {
  return { busy: after.busy - before.busy, stolen: after.stolen - before.stolen, all: after.all - before.all };
}
