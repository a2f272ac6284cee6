import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Command } from 'commander';
import { WharfSystem } from '../bench/system/wharf-system.ts';
import { pickFreePort } from './servers/free-port.ts';
import { programEnd } from './servers/program-end.ts';
import { createScratchFolder } from './servers/scratch-folder.ts';
import { requireBuilt } from './start/service-process.ts';
import { type CallsByFunction, Coverage } from './trace/coverage.ts';

const thisCheckout = path.resolve(import.meta.dirname, '..');
/** Only what all of them call is printed: of timers that run at the same time little is left. */
const turns = 5;
const warmUps = 20;

const { checkout, functions: isByFunction } = new Command('trace-request')
  .description(
    'Prints which files of the gateway and of the libraries a request runs through, by the coverage of V8, once the system is warm. Build first.',
  )
  .option('--functions', 'print each function too')
  .option('--checkout <folder>', 'a built checkout to look at, instead of this one', thisCheckout)
  .parse()
  .opts<{ checkout: string; functions?: true }>();
const root = path.resolve(checkout);
const rootUrl = `${pathToFileURL(root)}/`;

const scratch = await createScratchFolder();
let system: WharfSystem | undefined;
let coverage: Coverage | undefined;
const end = programEnd(scratch, {
  close: async () => {
    coverage?.stop();
    await system?.stop();
  },
});
try {
  requireBuilt(root);
  const place = { dir: path.join(scratch.dir, 'trace'), runDir: scratch.runDir, log: () => undefined };
  system = await WharfSystem.open(place, { services: ['metadata'], store: 'folder', root });
  const inspectorPort = await pickFreePort();
  // At once: each makes folders that the other one waits for.
  await Promise.all([
    system.start('cloud-sync'),
    system.start('gateway', { NODE_OPTIONS: `--inspect=127.0.0.1:${inspectorPort}` }),
  ]);
  coverage = await Coverage.start(inspectorPort);
  const api = `http://127.0.0.1:${system.port}/api/v1/files`;
  const uid = await upload(api, 10_000);
  await print('an upload of 10 KB', () => upload(api, 10_000));
  await print('an upload of 20 MB', () => upload(api, 20_000_000));
  await print('a download of 10 KB', () => download(`${api}/${uid}`));
  await end(0);
} catch (error) {
  console.error(error);
  await end(1);
}

async function upload(api: string, sizeBytes: number): Promise<string> {
  const answer = await fetch(`${api}/stream?filename=a.bin`, { method: 'POST', body: randomBytes(sizeBytes) });
  if (!answer.ok) throw new Error(`an upload is answered ${answer.status}`);
  return ((await answer.json()) as { uid: string }).uid;
}

async function download(url: string): Promise<void> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`a download is answered ${answer.status}`);
  await answer.arrayBuffer();
}

async function print(title: string, request: () => Promise<unknown>): Promise<void> {
  const files = new Map<string, string[]>();
  let callCount = 0;
  for (const { count, functionName, url } of (await trace(request)).values()) {
    const file = sourceOf(url);
    if (!file) continue;
    callCount += count;
    files.set(file, [...(files.get(file) ?? []), `${count} × ${functionName || '(anonymous)'}`]);
  }
  const functionCount = [...files.values()].flat().length;
  console.log(`\n${title}: ${files.size} files, ${functionCount} functions, ${callCount} calls`);
  for (const file of [...files.keys()].sort()) {
    const functions = files.get(file) ?? [];
    console.log(`  ${String(functions.length).padStart(3)}  ${file}`);
    if (isByFunction) for (const each of functions) console.log(`         ${each}`);
  }
}

/** What each of several such requests calls, and how often at least. */
async function trace(request: () => Promise<unknown>): Promise<CallsByFunction> {
  for (let index = 0; index < warmUps; index++) await request();
  let common: CallsByFunction | undefined;
  for (let turn = 0; turn < turns; turn++) {
    await coverage?.take();
    await request();
    const calls = (await coverage?.take()) ?? new Map();
    common = common ? commonOf(common, calls) : calls;
  }
  return common ?? new Map();
}

function commonOf(some: CallsByFunction, others: CallsByFunction): CallsByFunction {
  const common: CallsByFunction = new Map();
  for (const [key, calls] of some) {
    const other = others.get(key);
    if (other) common.set(key, { ...calls, count: Math.min(calls.count, other.count) });
  }
  return common;
}

/** The source of a script of ours, relative to the checkout; undefined for a package or Node itself. */
function sourceOf(url: string): string | undefined {
  if (!url.startsWith(rootUrl) || url.includes('/node_modules/')) return undefined;
  return url.slice(rootUrl.length).replace('/dist/', '/src/').replace(/\.js$/, '.ts');
}
