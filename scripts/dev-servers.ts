import { writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { killAllProcesses, stopAllProcesses } from './servers/child-process.ts';
import { createScratchFolder } from './servers/scratch-folder.ts';
import { onStopRequest } from './servers/stop-requests.ts';
import { startTestServers, type TestServers } from './servers/test-servers.ts';

// Not --env-file: Node takes an option of that name for its own, wherever it stands.
const { envTo, verbose } = new Command('dev-servers')
  .description('Runs the servers that integration tests need until it is stopped.')
  .option('--env-to <file>', 'write `export WHARF_TEST_…=…` lines there, to be read with `source`')
  .option('--verbose', 'print what the servers print')
  .parse()
  .opts<{ envTo?: string; verbose?: boolean }>();

const scratch = await createScratchFolder();
let servers: TestServers | undefined;
onStopRequest(
  async () => {
    await servers?.stop();
    await stopAllProcesses();
    scratch.remove();
    process.exit(0);
  },
  async () => {
    await killAllProcesses();
    scratch.remove();
    process.exit(130);
  },
);
try {
  const log = verbose ? (line: string) => console.error(line) : () => {};
  servers = await startTestServers({ ...scratch, log });
  const exports = Object.entries(servers.env).map(([name, value]) => `export ${name}=${value}\n`);
  if (envTo) writeFileSync(envTo, exports.join(''));
  process.stdout.write(`${exports.join('')}ready\n`);
  setInterval(() => {}, 60_000);
} catch (error) {
  console.error((error as Error).message);
  await stopAllProcesses();
  scratch.remove();
  process.exitCode = 1;
}
