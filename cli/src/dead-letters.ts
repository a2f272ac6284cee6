import {
  type Bus,
  type DeadLetter,
  type DeadLetterFilter,
  dropDeadLetter,
  findDeadLetter,
  listDeadLetters,
  payloadOf,
  replayDeadLetter,
} from '@wharf/messaging';
import { AppError, type Environment } from '@wharf/service-kit';
import { Command, InvalidArgumentError } from 'commander';
import { say, withExamples } from './gateway-command.js';
import { printLetter, printLetters } from './print-letters.js';
import { UsageError } from './run-program.js';
import { withBus } from './with-bus.js';

interface Selection extends DeadLetterFilter {
  all?: boolean;
}

/** `wharf dead-letters list | show | replay | drop`. */
export function addDeadLetterCommands(program: Command, environment: Environment): void {
  const group = program.command('dead-letters').description('Messages that a service gave up');
  group.addCommand(withExamples(withFilters(listCommand(environment)), 'wharf dead-letters list --service metadata'));
  group.addCommand(withExamples(showCommand(environment), 'wharf dead-letters show 17'));
  group.addCommand(withExamples(withFilters(replayCommand(environment)), 'wharf dead-letters replay 17 18'));
  group.addCommand(
    withExamples(withFilters(dropCommand(environment)), 'wharf dead-letters drop --code invalid_request --yes'),
  );
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('Lists them, oldest first')
    .option('--json', 'one JSON object a line')
    .action(({ json, ...filter }: DeadLetterFilter & { json?: boolean }) =>
      withBus(environment, async (bus) => printLetters(await collect(bus, filter), { isJson: json === true })),
    );
}

function showCommand(environment: Environment): Command {
  return new Command('show')
    .description('Shows everything about one of them')
    .argument('<id>', 'as listed', parseId)
    .option('--json', 'for programs: one JSON object')
    .action((id: number, { json }: { json?: boolean }) =>
      withBus(environment, async (bus) => {
        const [letter] = await findAll(bus, [id]);
        if (letter) printLetter(letter, await payloadOf(bus, letter), { isJson: json === true });
      }),
    );
}

function replayCommand(environment: Environment): Command {
  return new Command('replay')
    .description('Gives them back, oldest first, to the service that gave them up and to no other')
    .argument('[id...]', 'as listed', parseIds)
    .option('--all', 'all of them')
    .option('--json', 'for programs: one JSON object a line')
    .action((ids: number[] | undefined, { json, ...selection }: Selection & { json?: boolean }) =>
      withBus(environment, async (bus) => {
        const letters = await select(bus, ids ?? [], selection);
        for (const letter of letters) {
          await replayDeadLetter(bus, letter);
          const { id, service } = letter;
          say(json ? JSON.stringify({ id, service, status: 'replayed' }) : `${id} is given back to ${service}`);
        }
        if (!json) say(`${letters.length} given back`);
      }),
    );
}

function dropCommand(environment: Environment): Command {
  return new Command('drop')
    .description('Removes them for good')
    .argument('[id...]', 'as listed', parseIds)
    .option('--all', 'all of them')
    .option('--yes', 'really')
    .option('--json', 'for programs: one JSON object')
    .action((ids: number[] | undefined, { json, yes, ...selection }: Selection & { yes?: boolean; json?: boolean }) =>
      withBus(environment, async (bus) => {
        const letters = await select(bus, ids ?? [], selection);
        if (!yes) throw new UsageError(`${letters.length} would be removed for good; say --yes to do it`);
        for (const letter of letters) await dropDeadLetter(bus, letter.id);
        say(json ? JSON.stringify({ removed: letters.map(({ id }) => id) }) : `${letters.length} removed`);
      }),
    );
}

function withFilters(command: Command): Command {
  return command
    .option('--service <name>', 'only those of a service, such as metadata')
    .option('--subject <subject>', 'only those of a subject, such as file.stored')
    .option('--code <code>', 'only those with an error code, such as internal');
}

/** By ids, or by filters; everything only where that is said. In the order in which they were given up. */
async function select(bus: Bus, ids: number[], { all, ...filter }: Selection): Promise<DeadLetter[]> {
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  if (ids.length > 0) {
    if (all || isFiltered) throw new UsageError('give ids, or filters, not both');
    return findAll(bus, ids);
  }
  if (!all && !isFiltered) throw new UsageError('which ones? Give ids, filters, or --all');
  return collect(bus, filter);
}

/** All or none: a mistyped id ends the command before it did anything. */
async function findAll(bus: Bus, ids: number[]): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for (const id of [...new Set(ids)].sort((a, b) => a - b)) {
    const letter = await findDeadLetter(bus, id);
    if (!letter) throw new AppError('file_not_found', `there is no dead letter ${id}`);
    letters.push(letter);
  }
  return letters;
}

async function collect(bus: Bus, filter: DeadLetterFilter): Promise<DeadLetter[]> {
  const letters: DeadLetter[] = [];
  for await (const letter of listDeadLetters(bus, filter)) letters.push(letter);
  return letters;
}

function parseId(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('An id is a number, as listed.');
  return Number(text);
}

function parseIds(text: string, previous: number[] | undefined): number[] {
  return [...(previous ?? []), parseId(text)];
}
