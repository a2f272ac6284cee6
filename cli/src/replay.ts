import { FilesStream, findEvent, isReplayed } from '@wharf/contracts';
import { type Bus, forgottenBefore, readStream } from '@wharf/messaging';
import { AppError, type Environment } from '@wharf/service-kit';
import { type Command, InvalidArgumentError } from 'commander';
import { catchUp, type ReplayTally } from './catch-up.js';
import { say, withExamples } from './gateway-command.js';
import { parseTime } from './parse-amounts.js';
import { Progress } from './progress.js';
import { withBus } from './with-bus.js';

interface ReplayOptions {
  since: Date;
  until?: Date;
  subject?: string;
  dryRun?: boolean;
  json?: boolean;
}

/** `wharf replay`: a metadata database that was restored from a backup learns what happened since. */
export function addReplayCommand(program: Command, environment: Environment): void {
  const command = program
    .command('replay')
    .description('Teaches a restored metadata database what happened since its backup, from the events in FILES')
    .requiredOption('--since <time>', 'RFC 3339, or a duration such as 36h; well before the backup', parseTime)
    .option('--until <time>', 'likewise; everything unless given', parseTime)
    .option('--subject <type>', 'only events of this type, such as file.stored', parseType)
    .option('--dry-run', 'only says what would be replayed')
    .option('--json', 'for programs: one JSON object')
    .action((options: ReplayOptions) => withBus(environment, (bus) => replay(bus, options)));
  withExamples(command, 'wharf replay --since 26h --dry-run');
}

async function replay(bus: Bus, options: ReplayOptions): Promise<void> {
  const beginning = await forgottenBefore(bus, FilesStream.name);
  if (beginning && beginning > options.since) {
    process.stderr.write(
      `FILES keeps nothing from before ${beginning.toISOString()}: what happened earlier is not learnt\n`,
    );
  }
  const progress = new Progress('events');
  const tally = options.dryRun
    ? await countEvents(bus, options)
    : await catchUp(bus, options, (storedAt) => progress.step(storedAt));
  if (options.json) say(JSON.stringify({ ...tally, dry_run: options.dryRun === true }));
  else report(tally, options.dryRun === true);
  if (tally.invalid.length > 0) throw new AppError('internal', `${tally.invalid.length} events could not be replayed`);
}

async function countEvents(bus: Bus, { since, subject, until }: ReplayOptions): Promise<ReplayTally> {
  const tally: ReplayTally = { outcomes: {}, invalid: [] };
  for await (const message of readStream(bus, FilesStream.name, { since, ...(subject && { subject }) })) {
    if (until && new Date(message.storedAt) > until) break;
    if (!isReplayed(message.subject)) continue;
    tally.outcomes[message.subject] = (tally.outcomes[message.subject] ?? 0) + 1;
  }
  return tally;
}

function report({ invalid, outcomes }: ReplayTally, isDryRun: boolean): void {
  for (const [outcome, count] of Object.entries(outcomes).sort()) process.stdout.write(`${outcome}: ${count}\n`);
  if (isDryRun) process.stdout.write('nothing was replayed\n');
  if (outcomes.not_recorded) {
    process.stdout.write(
      'some events build on others that the database does not know: replay again with an earlier --since\n',
    );
  }
  for (const line of invalid.slice(0, 20)) process.stderr.write(`${line}\n`);
}

function parseType(text: string): string {
  if (!text.startsWith('file.') || !findEvent(text)) throw new InvalidArgumentError('No such event.');
  return text;
}
