import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { killAllProcesses, stopAllProcesses } from './servers/child-process.ts';
import { leftOut } from './servers/left-out.ts';
import { endLeftovers, recordProcess } from './servers/leftovers.ts';
import { createScratchFolder } from './servers/scratch-folder.ts';
import { onStopRequest } from './servers/stop-requests.ts';
import { startTestServers, type TestServers } from './servers/test-servers.ts';

const root = path.resolve(import.meta.dirname, '..');
// Jest waits for ever for a connection or timer that a test left open.
const exitGraceMs = 20_000;

const scratch = await createScratchFolder();
const summaryFile = path.join(scratch.dir, 'summary');
let servers: TestServers | undefined;
let jest: ChildProcess | undefined;
let isStopping = false;

onStopRequest(stopEarly, endAtOnce);
let code = 1;
try {
  servers = await startServers();
  if (!isStopping) code = await runJest({ ...servers.env, WHARF_TEST_RUN_DIR: scratch.runDir });
} catch (error) {
  if (!isStopping) console.error((error as Error).message);
}
const summary = readSummary();
await cleanUp();
if (!isStopping) console.log(summary);
process.exit(isStopping ? 130 : code);

async function startServers(): Promise<TestServers> {
  const startedAt = Date.now();
  console.error('starting NATS, PostgreSQL and S3 for the tests …');
  const started = await startTestServers({ ...scratch, log: () => {} });
  console.error(`servers ready after ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
  const missing = leftOut();
  if (missing) console.error(`left out: ${missing.why}`);
  return started;
}

async function runJest(env: Record<string, string>): Promise<number> {
  const program = path.join(root, 'node_modules/jest/bin/jest.js');
  const flags = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];
  jest = spawn(process.execPath, [...flags, program, ...process.argv.slice(2)], {
    cwd: root,
    env: { ...process.env, ...env, WHARF_TEST_SUMMARY_FILE: summaryFile },
    stdio: 'inherit',
  });
  if (jest.pid) recordProcess(scratch.runDir, 'jest', jest.pid, 'SIGTERM');
  return waitForJest(jest);
}

async function waitForJest(child: ChildProcess): Promise<number> {
  let isOver = false;
  const exited = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exitCode) => {
      isOver = true;
      resolve(exitCode ?? 1);
    });
  });
  while (!isOver && !existsSync(summaryFile)) await Promise.race([exited, delay(250)]);
  const exitCode = await Promise.race([exited, delay(exitGraceMs, undefined, { ref: false })]);
  if (exitCode !== undefined) return exitCode;
  console.error(`Jest did not end within ${exitGraceMs / 1000} s of its last test: a test left something open`);
  child.kill('SIGKILL');
  await exited;
  return 1;
}

// A run that failed without a failed test (a hanging one, no tests at all) must not read like a success.
function readSummary(): string {
  const line = existsSync(summaryFile) ? readFileSync(summaryFile, 'utf8').trim() : '0 passed, 0 failed';
  return code === 0 ? line : line.replace(/ 0 failed/, ' 1 failed');
}

function stopEarly(): void {
  isStopping = true;
  if (jest) jest.kill('SIGTERM');
  else void stopAllProcesses();
}

async function endAtOnce(): Promise<void> {
  jest?.kill('SIGKILL');
  await killAllProcesses();
  scratch.remove();
  process.exit(130);
}

async function cleanUp(): Promise<void> {
  await servers?.stop();
  await stopAllProcesses();
  // What a test started and did not end.
  await endLeftovers(scratch.runDir);
  scratch.remove();
}
