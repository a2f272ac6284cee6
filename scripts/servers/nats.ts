import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { type BusAccess, passwordEnvironment } from './bus-access.ts';
import { type Log, runToEnd, serverEnvironment, startProcess, waitUntil } from './child-process.ts';
import { syncFolder, writeDurably } from './durable-file.ts';
import { ensureInstalled } from './ensure-installed.ts';
import { findExecutable } from './find-executable.ts';
import { pickFreePort } from './free-port.ts';
import { asRunningServer, type RunningServer } from './running-server.ts';

export interface NatsServer extends RunningServer {
  /** Without credentials. */
  url: string;
  port: number;
}

export interface NatsOptions {
  dir: string;
  port?: number | undefined;
  log: Log;
  runDir?: string | undefined;
  /** Who may what; everybody everything where it is not given. */
  access?: BusAccess | undefined;
  /** Further lines of its configuration, such as a certificate. */
  settings?: readonly string[];
  /** Further settings of JetStream. */
  jetstream?: readonly string[];
}

/** A single nats-server with JetStream; its streams live in `dir` and survive a restart. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { access, dir, jetstream = [], log, port, runDir, settings = [] } = options;
  await ensureInstalled(['nats-server'], log);
  const command = findExecutable('nats-server') ?? 'nats-server';
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  if (access) adoptOpenStreams(dir);
  const chosenPort = port ?? (await pickFreePort());
  const passwords = access ? passwordEnvironment(access) : {};
  const lines = access ? [...settings, access.config] : settings;
  const config = await writeConfig(command, passwords, { dir, port: chosenPort, settings: lines, jetstream });
  // One core is enough: an upload takes a tenth of a millisecond of it. With two, the server's threads woke each other for every message,
  // and it was half as much again.
  const env = { ...serverEnvironment(), ...passwords, GOMAXPROCS: '1' };
  const server = await startProcess({ name: 'nats', command, args: ['-c', config], env, log, runDir });
  try {
    await waitUntil([server], () => answers(chosenPort));
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...asRunningServer(server), url: `nats://127.0.0.1:${chosenPort}`, port: chosenPort };
}

// From 2.10 on a write to a stream can be synced before it is acknowledged; an older server refuses the setting and
// syncs every two minutes, so that a power cut (not a crash of the server) may cost acknowledged events.
async function writeConfig(
  command: string,
  passwords: Record<string, string>,
  options: ConfigOptions,
): Promise<string> {
  const file = path.join(options.dir, 'nats.conf');
  writeDurably(file, config({ ...options, jetstream: [...options.jetstream, 'sync_interval: always'] }));
  try {
    const env = { ...serverEnvironment(), ...passwords };
    await runToEnd({ name: 'nats-server -t', command, args: ['-t', '-c', file], env, log: () => {} });
  } catch {
    writeDurably(file, config(options));
  }
  return file;
}

/** An open bus keeps its streams under the account of those who have none. */
function adoptOpenStreams(dir: string): void {
  const [open, own] = ['$G', 'WHARF'].map((account) => path.join(dir, 'jetstream/jetstream', account)) as [
    string,
    string,
  ];
  if (!existsSync(open) || existsSync(own)) return;
  renameSync(open, own);
  syncFolder(path.dirname(own));
}

interface ConfigOptions {
  dir: string;
  port: number;
  settings: readonly string[];
  jetstream: readonly string[];
}

function config({ dir, port, settings, jetstream }: ConfigOptions): string {
  const store = JSON.stringify(path.join(dir, 'jetstream'));
  return [
    'server_name: wharf',
    `listen: "127.0.0.1:${port}"`,
    `jetstream { store_dir: ${store}${jetstream.map((setting) => `, ${setting}`).join('')} }`,
    ...settings,
    '',
  ].join('\n');
}

// The server greets with an INFO line and answers PING only when it serves; streams are recovered by then.
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    let received = '';
    const finish = (isServing: boolean) => {
      socket.destroy();
      resolve(isServing);
    };
    socket.setTimeout(1000, () => finish(false));
    socket.on('error', () => finish(false));
    socket.on('close', () => finish(false));
    socket.on('connect', () => socket.write('CONNECT {"verbose":false}\r\nPING\r\n'));
    socket.on('data', (chunk) => {
      received += chunk;
      // One that wants to know who asks, or a TLS handshake, says so in its greeting.
      if (/"(auth|tls)_required":true/.test(received) || received.includes('PONG')) {
        finish(received.includes('"jetstream":true'));
      }
    });
  });
}
