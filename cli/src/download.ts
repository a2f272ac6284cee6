import type { WharfClient } from '@wharf/client';
import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import {
  type GatewayContext,
  type GatewayFlags,
  gatewayCommand,
  parseUid,
  say,
  withGateway,
} from './gateway-command.js';
import type { Wanted } from './http/download-to.js';
import { printable } from './printable.js';
import { askPassword } from './read-password.js';
import { complain, Interrupted, PartlyFailed, UsageError } from './run-program.js';

interface DownloadFlags extends GatewayFlags {
  output?: string;
  force?: boolean;
  password?: boolean;
  passwordStdin?: boolean;
}

/** `wharf download`. */
export function addDownloadCommand(program: Command, environment: Environment): void {
  const command = gatewayCommand(
    'download',
    'Reads files and compares their digests; what breaks off, or Ctrl-C stops, goes on with the same command',
    'wharf download 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f -o copy.pdf',
    'wharf download 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f -o - | tar t',
    'wharf download https://files.example.org/s/4Zk…   # what somebody shares',
  );
  command
    .argument('<uid...>', 'as listed, or the address of a link')
    .option('-o, --output <place>', 'a file or a folder, - for standard output; under its own name here unless given')
    .option('--force', 'replaces a file that is there already')
    .option('--password', 'asks for the password of the link')
    .option('--password-stdin', 'the password of the link is the first line of standard input')
    .action((wanted: string[], flags: DownloadFlags) => download(environment, wanted, flags));
  program.addCommand(command);
}

async function download(environment: Environment, words: string[], flags: DownloadFlags): Promise<void> {
  const { output } = flags;
  if (words.length > 1 && output === '-') throw new UsageError('standard output takes one file');
  const links = words.filter((word) => URL.canParse(word));
  if (links.length > 0 && words.length > 1) throw new UsageError('one link at a time');
  const uids = links.length > 0 ? [] : words.map(parseUid);
  const reached = links[0] === undefined ? environment : { ...environment, WHARF_URL: new URL(links[0]).origin };
  await withGateway(reached, flags, async (context) => {
    const { downloadTo } = await import('./http/download-to.js');
    const get = async (wanted: Wanted) => {
      const place = await downloadTo(context, wanted, { output, replaces: flags.force === true });
      // Standard output is the file's.
      if (place === '-') return;
      const { name, sha256, sizeBytes, uid } = wanted;
      say(flags.json ? JSON.stringify({ uid, name, place, size_bytes: sizeBytes, sha256 }) : printable(place));
    };
    if (links[0] !== undefined) return get(await ofLink(context.client, links[0], await passwordOf(flags)));
    await eachOf(uids, async (uid) => get(await ofFile(context, uid)));
  });
}

async function eachOf(uids: readonly string[], get: (uid: string) => Promise<void>): Promise<void> {
  const failures: unknown[] = [];
  for (const uid of uids) {
    try {
      await get(uid);
    } catch (error) {
      if (error instanceof Interrupted || uids.length === 1) throw error;
      failures.push(error);
      complain(error, uid);
    }
  }
  if (failures.length > 0) throw new PartlyFailed(failures[0]);
}

async function ofFile({ client, signal }: GatewayContext, uid: string): Promise<Wanted> {
  const { original_name: name, sha256, size_bytes: sizeBytes } = await client.files.get(uid, { signal });
  return { uid, name, sizeBytes, sha256, open: (options) => client.download(uid, options) };
}

/** One file, or a zip of several. */
async function ofLink(client: WharfClient, address: string, password: string | undefined): Promise<Wanted> {
  const [, token] = /\/s\/([^/]+)$/.exec(new URL(address).pathname) ?? [];
  if (token === undefined) throw new UsageError('a link is such as https://files.example.org/s/…');
  const shown = password === undefined ? {} : { password };
  const view = await client.links.view(token, shown);
  const [file] = view.files;
  const sizeBytes = view.files.length === 1 && file ? file.size_bytes : null;
  const name = view.archive_name ?? file?.name ?? '';
  const open: Wanted['open'] = (options) => client.links.download(token, { ...options, ...shown });
  return { uid: token.slice(0, 8), name, sizeBytes, sha256: null, open };
}

function passwordOf({ password, passwordStdin }: DownloadFlags): Promise<string | undefined> {
  if (!password && !passwordStdin) return Promise.resolve(undefined);
  return askPassword({ isPiped: passwordStdin === true });
}
