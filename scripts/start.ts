import path from 'node:path';
import { Command } from 'commander';
import { refuseNode } from '../libs/service-kit/src/node-version.ts';
import { readVersion } from '../libs/service-kit/src/read-version.ts';
import { lockDataDir } from './servers/data-lock.ts';
import { endLeftovers } from './servers/leftovers.ts';
import { onStopRequest } from './servers/stop-requests.ts';
import { isRoot } from './servers/unprivileged.ts';
import { closeDataDir, findOpenParent, makeFolder } from './start/data-dir.ts';
import { giveUpRoot } from './start/give-up-root.ts';
import { Launcher } from './start/launcher.ts';
import { readSettings } from './start/settings.ts';
import { exitBadConfiguration } from './start/supervise.ts';

const root = path.resolve(import.meta.dirname, '..');

const variables = `
Environment:
  PORT, HOST           where the gateway listens (8080, 127.0.0.1)
  WHARF_DATA_DIR       where everything is kept (.wharf)
  VOLUME_DIR           the shared volume (<data dir>/volume)
  NATS_URL             use this NATS instead of starting one
  DATABASE_URL         use this PostgreSQL instead of starting one
  OBJECT_STORE_URL     keep copies in a folder (file:///…), or
  S3_ENDPOINT_URL      use this S3 server (with S3_ACCESS_KEY, S3_SECRET_KEY, S3_BUCKET) instead of starting one
  AUTH                 open (while HOST is a loopback address), or required: who comes has to log in or show a key
  ADMIN_EMAIL          an admin who is made at the first start (with ADMIN_PASSWORD); with AUTH=required one is made anyhow
  SHUTDOWN_GRACE_MS    how long the services may finish their work (25000)
Every other variable of .env.example reaches the services that read it, except HEALTH_PORT: each service gets a port of its own.
Nothing else of the environment reaches them, beside PATH, HOME, TZ, LANG, NODE_OPTIONS and their like.
Started by root, everything runs as the user wharf where there is one, else as nobody.
`;

const tooOld = refuseNode();
if (tooOld) {
  console.error(`Wharf ${tooOld}: run it with npm start`);
  process.exit(1);
}
const { dataDir } = new Command('npm start --')
  .description('Runs all of Wharf on this machine: NATS, PostgreSQL, an object store and the five services.')
  .version(`wharf ${readVersion()}`)
  .option('--data-dir <folder>', 'where everything is kept; wins over WHARF_DATA_DIR')
  .addHelpText('after', variables)
  .parse()
  .opts<{ dataDir?: string }>();

let unlock = () => {};
let launcher: Launcher | undefined;
let isEnding = false;

try {
  const settings = await readSettings(root, dataDir);
  // Before that, nothing is written; after that, not as root.
  if (isRoot()) await giveUpRoot(root, settings.dataDir);
  makeFolder(settings.dataDir);
  closeDataDir(settings.dataDir);
  warnOfOpenParent(settings.dataDir);
  // Of all that is made from here on, by servers and services too.
  process.umask(0o077);
  unlock = lockDataDir(settings.dataDir);
  launcher = new Launcher(root, settings, (name) => {
    void end(exitBadConfiguration, `${name} does not accept its configuration (see above)`);
  });
  onStopRequest((reason) => void end(0, `stopping (${reason}) …`), endAtOnce);
  const ended = await endLeftovers(launcher.runDir);
  if (ended.length > 0) console.log(`ended what a killed start had left running: ${ended.join(', ')}`);
  await launcher.start();
} catch (error) {
  const { name, message } = error as Error;
  await end(name === 'ConfigError' ? exitBadConfiguration : 1, message);
}

function warnOfOpenParent(folder: string): void {
  const parent = findOpenParent(folder);
  if (!parent) return;
  console.error(
    `WARNING: everybody on this machine may exchange ${folder} for another folder, since ${parent} is open to all. chmod o-w ${parent} (or +t) ends that.`,
  );
}

async function end(code: number, message: string): Promise<void> {
  if (isEnding) return;
  isEnding = true;
  if (code === 0) console.log(message);
  else console.error(message);
  await launcher?.stop();
  unlock();
  process.exit(code);
}

async function endAtOnce(): Promise<void> {
  await launcher?.killAll();
  unlock();
  process.exit(130);
}
