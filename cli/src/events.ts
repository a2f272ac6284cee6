import type { Environment } from '@wharf/service-kit/load-config';
import { type Command, InvalidArgumentError } from 'commander';
import { type GatewayFlags, gatewayCommand, parseUid, say, withGateway } from './gateway-command.js';
import { parseTime } from './parse-amounts.js';
import { printable } from './printable.js';

interface TailFlags extends GatewayFlags {
  type?: string;
  since?: Date;
  follow: boolean;
}

interface Told {
  time: string;
  type: string;
  subject?: string | undefined;
  data: unknown;
}

/** `wharf events tail`. */
export function addEventCommands(program: Command, environment: Environment): void {
  const group = program.command('events').description('What happens to files');
  const tail = gatewayCommand(
    'tail',
    'Prints events as they happen: of a file through the gateway; of all files through NATS, with the environment of an operator',
    'wharf events tail 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f',
    'wharf events tail --type file.deleted --since 36h --no-follow --json',
  )
    .argument('[uid]', 'as listed; all files unless given', parseUid)
    .option('--type <type>', 'only events of this type, such as file.stored', parseType)
    .option('--since <time>', 'those of the past too: RFC 3339, or how long ago, such as 36h', parseTime)
    .option('--no-follow', 'ends with what has happened so far')
    .action((uid: string | undefined, flags: TailFlags) =>
      uid === undefined ? tailAll(environment, flags) : tailFile(environment, uid, flags),
    );
  group.addCommand(tail);
}

async function tailFile(environment: Environment, uid: string, flags: TailFlags): Promise<void> {
  await withGateway(environment, flags, async ({ client, signal }) => {
    const events = flags.follow ? client.events(uid, { signal }) : await client.files.timeline(uid, { signal });
    for await (const event of events) if (isWanted(event, flags)) tell(event, flags);
  });
}

async function tailAll(environment: Environment, flags: TailFlags): Promise<void> {
  const { tailStream } = await import('./tail-stream.js');
  await tailStream(environment, flags, (event) => tell(event, flags));
}

function isWanted({ time, type }: Told, flags: TailFlags): boolean {
  if (flags.type !== undefined && type !== flags.type) return false;
  return flags.since === undefined || new Date(time) >= flags.since;
}

function tell(event: Told, { json }: TailFlags): void {
  const { data, subject = '', time, type } = event;
  say(json ? JSON.stringify(event) : printable(`${time}  ${type.padEnd(18)}  ${subject}  ${JSON.stringify(data)}`));
}

function parseType(text: string): string {
  if (!/^(?:file|janitor)\.[a-z_.]+$/.test(text)) throw new InvalidArgumentError('A type is such as file.stored.');
  return text;
}
