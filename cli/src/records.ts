import type { FileRecord, FileStatus } from '@wharf/contracts';
import type { Environment } from '@wharf/service-kit/load-config';
import { type Command, Option } from 'commander';
import { type GatewayFlags, gatewayCommand, parseUid, parseUidList, say, withGateway } from './gateway-command.js';
import { parseCount, parseTime, sizeText } from './parse-amounts.js';
import { printable } from './printable.js';
import { ageOf, table } from './table.js';

interface ListFlags extends GatewayFlags {
  limit: number;
  query?: string;
  status?: FileStatus;
  type?: string;
  messageId?: string;
  request?: string;
  since?: Date;
  sort: 'created_at' | '-created_at' | 'size_bytes' | '-size_bytes';
}

const pageSize = 200;

/** `wharf ls | show | rm`. */
export function addRecordCommands(program: Command, environment: Environment): void {
  program.addCommand(listCommand(environment));
  program.addCommand(showCommand(environment));
  program.addCommand(removeCommand(environment));
}

function listCommand(environment: Environment): Command {
  return gatewayCommand(
    'ls',
    'Lists files, the newest first',
    'wharf ls --type image/ --query cat --since 7d',
    'wharf ls --json | jq -r .uid',
  )
    .option('--limit <count>', 'at most so many', parseCount, 50)
    .option('-q, --query <text>', 'a part of the name')
    .addOption(
      new Option('--status <status>', 'only those').choices(['stored', 'synced', 'archived', 'deleted', 'quarantined']),
    )
    .option('--type <type>', 'a content type, or the beginning of some: image/')
    .option('--message-id <id>', 'those of a message')
    .option('--request <id>', 'those that came by a request')
    .option('--since <time>', 'RFC 3339, or how long ago, such as 36h', parseTime)
    .addOption(
      new Option('--sort <order>', 'by what')
        .choices(['-created_at', 'created_at', 'size_bytes', '-size_bytes'])
        .default('-created_at'),
    )
    .action((flags: ListFlags) => list(environment, flags));
}

async function list(environment: Environment, flags: ListFlags): Promise<void> {
  const { json, limit, messageId, query, request, since, sort, status, type } = flags;
  await withGateway(environment, flags, async ({ client }) => {
    const files = client.files.list({
      ...{ sort, limit: Math.min(pageSize, limit) },
      ...(query !== undefined && { q: query }),
      ...(status !== undefined && { status }),
      ...(type !== undefined && { content_type: type }),
      ...(messageId !== undefined && { message_id: messageId }),
      ...(request !== undefined && { request_id: request }),
      ...(since && { created_after: since.toISOString() }),
    });
    const rows: string[][] = [];
    let left = limit;
    for await (const record of files) {
      const { created_at, original_name, size_bytes, uid } = record;
      if (json) say(JSON.stringify(record));
      else rows.push([uid, String(size_bytes), record.status, ageOf(created_at), printable(original_name)]);
      if (--left === 0) break;
    }
    if (json) return;
    say(rows.length === 0 ? 'There are no files.' : table(['UID', 'BYTES', 'STATUS', 'AGE', 'NAME'], rows).trimEnd());
  });
}

function showCommand(environment: Environment): Command {
  return gatewayCommand(
    'show',
    'Shows all that is known of a file',
    'wharf show 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f --events',
  )
    .argument('<uid>', 'as listed', parseUid)
    .option('--events', 'and what has happened to it')
    .action((uid: string, flags: GatewayFlags & { events?: boolean }) =>
      withGateway(environment, flags, async ({ client, signal }) => {
        const record = await client.files.get(uid, { signal });
        const events = flags.events ? await client.files.timeline(uid, { signal }) : undefined;
        if (flags.json) return say(JSON.stringify({ ...record, ...(events && { events }) }));
        for (const line of factsOf(record)) say(printable(line));
        for (const { data, time, type } of events ?? []) say(printable(`${time}  ${type}  ${JSON.stringify(data)}`));
      }),
    );
}

/** What is not set says nothing. */
function factsOf({ size_bytes, ...record }: FileRecord): string[] {
  const facts = Object.entries({ ...record, size_bytes: `${size_bytes} (${sizeText(size_bytes)})` });
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts
    .filter(([, value]) => value !== null && value !== '' && value !== undefined)
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === 'object' ? JSON.stringify(value) : value}`);
}

function removeCommand(environment: Environment): Command {
  return gatewayCommand('rm', 'Deletes files everywhere, for good', 'wharf rm 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f')
    .argument('<uid...>', 'as listed', parseUidList)
    .action((uids: string[], flags: GatewayFlags) =>
      withGateway(environment, flags, async ({ client, signal }) => {
        for (const uid of uids) {
          await client.files.delete(uid, { signal });
          say(flags.json ? JSON.stringify({ uid, status: 'deleted' }) : `${uid} is deleted`);
        }
      }),
    );
}
