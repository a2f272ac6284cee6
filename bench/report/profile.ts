import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** As V8 writes it: https://chromedevtools.github.io/devtools-protocol/tot/Profiler/#type-Profile */
interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[];
  /** Microseconds of the machine's monotonic clock, as `process.hrtime` reads it. */
  startTime: number;
  samples: number[];
  timeDeltas: number[];
}

/** When measured work ran, in microseconds of that clock: starting and waiting would hide what work costs. */
export interface Window {
  from: number;
  to: number;
}

export function clockMicroseconds(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

const shownFunctions = 25;
const shownPackages = 12;
const root = path.resolve(import.meta.dirname, '../..');
/** Not work of the thread. */
const resting = new Set(['(idle)', '(root)']);

/** What takes the time in each thread of each service, by the function itself, without what it calls. */
export function readProfiles(folder: string, windows: readonly Window[]): string {
  const sections = readdirSync(folder).flatMap((service) =>
    readdirSync(path.join(folder, service))
      .filter((file) => file.endsWith('.cpuprofile'))
      .map((file) => describe(`${service}, ${threadOf(file)}`, read(path.join(folder, service, file)), windows)),
  );
  return sections.join('\n\n');
}

/** CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile */
function threadOf(file: string): string {
  const thread = file.split('.')[4];
  return thread === '0' ? 'main thread' : `worker ${thread}`;
}

function read(file: string): CpuProfile {
  return JSON.parse(readFileSync(file, 'utf8'));
}

function describe(title: string, profile: CpuProfile, windows: readonly Window[]): string {
  const { functions, packages, busy } = spentIn(profile, windows);
  const top = (times: Map<string, number>, count: number) =>
    [...times]
      .sort(([, a], [, b]) => b - a)
      .slice(0, count)
      .map(([name, spent]) => `${((spent / busy) * 100).toFixed(1).padStart(6)} %  ${name}`);
  return [
    `### ${title}: ${(busy / 1e6).toFixed(1)} s of work`,
    ...['', '```', ...top(packages, shownPackages), '', ...top(functions, shownFunctions), '```'],
  ].join('\n');
}

function spentIn({ nodes, samples, startTime, timeDeltas }: CpuProfile, windows: readonly Window[]) {
  const frames = new Map(nodes.map(({ callFrame, id }) => [id, callFrame]));
  const functions = new Map<string, number>();
  const packages = new Map<string, number>();
  let busy = 0;
  let clock = startTime;
  for (const [index, id] of samples.entries()) {
    const frame = frames.get(id);
    const spent = timeDeltas[index] ?? 0;
    clock += spent;
    if (!windows.some(({ from, to }) => clock >= from && clock <= to)) continue;
    if (!frame || resting.has(frame.functionName)) continue;
    busy += spent;
    const place = placeOf(frame.url);
    const name = `${frame.functionName || '(anonymous)'} ${place && `${place}:${frame.lineNumber + 1}`}`.trim();
    functions.set(name, (functions.get(name) ?? 0) + spent);
    const owner = packageOf(place) || frame.functionName;
    packages.set(owner, (packages.get(owner) ?? 0) + spent);
  }
  return { functions, packages, busy };
}

function placeOf(url: string): string {
  return url.replace('file://', '').replace(`${root}/`, '');
}

function packageOf(place: string): string {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place) ?? [];
  if (name) return name;
  if (place.startsWith('node:')) return 'node';
  return place.split('/').slice(0, 2).join('/');
}
