import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { type GatewayFlags, gatewayCommand, say, withGateway } from './gateway-command.js';
import { parseCount, parseExpiry, parseSize, sizeText } from './parse-amounts.js';
import { printable } from './printable.js';
import { askPassword } from './read-password.js';
import { addressOf } from './sharing.js';
import { ageOf, table } from './table.js';

interface RequestFlags extends GatewayFlags {
  message?: string;
  maxFiles: number;
  maxBytes: number;
  maxFileSize?: number;
  type?: string[];
  expiresIn: number;
  password?: boolean;
  passwordStdin?: boolean;
}

const sevenDaysSeconds = 7 * 24 * 3600;

/** `wharf request | requests`. */
export function addRequestCommands(program: Command, environment: Environment): void {
  program.addCommand(requestCommand(environment));
  program.addCommand(requestsCommand(environment));
}

function requestCommand(environment: Environment): Command {
  return gatewayCommand(
    'request',
    'Asks others for files: prints the address of a page where they deliver them, which is told this once',
    'wharf request "Photos of the trip" --max-files 50 --max-bytes 5GB --type "image/*" --expires-in 14d',
  )
    .argument('<title>', 'what for')
    .option('--message <text>', 'more words to whoever delivers')
    .option('--max-files <count>', 'at most so many files', parseCount, 100)
    .option('--max-bytes <size>', 'at most so much of all together', parseSize, 1_000_000_000)
    .option('--max-file-size <size>', 'at most so much of each; --max-bytes unless given', parseSize)
    .option('--type <type...>', 'only such, as image/* or application/pdf')
    .option('--expires-in <duration>', 'ends then', parseExpiry, sevenDaysSeconds)
    .option('--password', 'asks for a password that is needed then')
    .option('--password-stdin', 'which is the first line of standard input')
    .action((title: string, flags: RequestFlags) => makeRequest(environment, title, flags));
}

async function makeRequest(environment: Environment, title: string, flags: RequestFlags): Promise<void> {
  const { expiresIn, json, maxBytes, maxFiles, maxFileSize = maxBytes, message, passwordStdin, type } = flags;
  const password = flags.password || passwordStdin ? await askPassword({ isPiped: passwordStdin === true }) : undefined;
  await withGateway(environment, flags, async ({ client, signal, url }) => {
    const request = await client.requests.create(
      {
        ...{ title, max_files: maxFiles, max_bytes: maxBytes, max_file_size: maxFileSize, expires_in: expiresIn },
        ...(message !== undefined && { message }),
        ...(type && { allowed_types: type }),
        ...(password !== undefined && { password }),
      },
      { signal },
    );
    const address = addressOf(url, request.url ?? '');
    say(json ? JSON.stringify({ ...request, url: address }) : address);
  });
}

function requestsCommand(environment: Environment): Command {
  const group = gatewayCommand(
    'requests',
    'Lists your requests for files, the newest first',
    'wharf requests',
    'wharf ls --request 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f   # what came',
  )
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .action((flags: GatewayFlags & { limit: number }) => listRequests(environment, flags));
  group.addCommand(
    gatewayCommand(
      'close',
      'Ends requests at once; what came stays',
      'wharf requests close 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f',
    )
      .argument('<id...>', 'as listed')
      .action((ids: string[], flags: GatewayFlags) =>
        withGateway(environment, flags, async ({ client, signal }) => {
          for (const id of ids) {
            await client.requests.close(id, { signal });
            say(flags.json ? JSON.stringify({ id, status: 'closed' }) : `${id} is closed`);
          }
        }),
      ),
  );
  return group;
}

async function listRequests(environment: Environment, flags: GatewayFlags & { limit: number }): Promise<void> {
  await withGateway(environment, flags, async ({ client }) => {
    const rows: string[][] = [];
    let left = flags.limit;
    for await (const request of client.requests.list({ limit: Math.min(200, left) })) {
      const { bytes, created_at, file_count, id, max_bytes, max_files, status, title } = request;
      const came = [`${file_count}/${max_files}`, `${sizeText(bytes)} of ${sizeText(max_bytes)}`];
      if (flags.json) say(JSON.stringify(request));
      else rows.push([id, status, ...came, ageOf(created_at), printable(title)]);
      if (--left === 0) break;
    }
    if (flags.json) return;
    const head = ['ID', 'STATUS', 'FILES', 'SIZE', 'AGE', 'TITLE'];
    say(rows.length === 0 ? 'There are no requests.' : table(head, rows).trimEnd());
  });
}
