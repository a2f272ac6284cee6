import { AssignOwner } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { AppError, type Environment } from '@wharf/service-kit';
import { Command } from 'commander';
import { say, withExamples } from './gateway-command.js';
import { parseOwner } from './parse-owner.js';
import { parseUids } from './parse-uids.js';
import { Progress } from './progress.js';
import { UsageError } from './run-program.js';
import { withBus } from './with-bus.js';

interface Assignment {
  owner: string;
  uid?: string[];
  allUnowned?: boolean;
  json?: boolean;
}

/** Of one request: metadata locks them together. */
const batchSize = 200;

/** `wharf files assign`. */
export function addFileCommands(program: Command, environment: Environment): void {
  const group = program.command('files').description('Whose files are');
  group.addCommand(withExamples(assignCommand(environment), 'wharf files assign --owner 0193f0c2-… --all-unowned'));
}

function assignCommand(environment: Environment): Command {
  return new Command('assign')
    .description('Makes files somebody’s. Those that were stored while AUTH was open are nobody’s')
    .requiredOption('--owner <id>', 'id of a user, or the sub of its tokens', parseOwner)
    .option('--uid <uid...>', 'these files, whoever they belong to', parseUids)
    .option('--all-unowned', 'all files that belong to nobody')
    .option('--json', 'for programs: one JSON object')
    .action((assignment: Assignment) => withBus(environment, (bus) => assign(bus, assignment)));
}

async function assign(bus: Bus, { allUnowned, json, owner, uid: uids }: Assignment): Promise<void> {
  if (allUnowned ? uids !== undefined : uids === undefined) throw new UsageError('give --uid or --all-unowned');
  const report = (count: number) => say(json ? JSON.stringify({ assigned: count }) : `${count} assigned`);
  if (uids) await assignNamed(bus, owner, { uids: [...new Set(uids)], report });
  else await assignUnowned(bus, owner, report);
}

type Report = (count: number) => void;

async function assignNamed(
  bus: Bus,
  owner_id: string,
  { report, uids }: { uids: readonly string[]; report: Report },
): Promise<void> {
  const found = new Set<string>();
  for (let start = 0; start < uids.length; start += batchSize) {
    const batch = uids.slice(start, start + batchSize);
    const reply = await callRpc(bus, AssignOwner, { owner_id, uids: batch, after: null, limit: batchSize });
    for (const uid of reply.uids) found.add(uid);
  }
  report(found.size);
  const missing = uids.filter((uid) => !found.has(uid));
  if (missing.length > 0) throw new AppError('file_not_found', `unknown or deleted: ${missing.join(', ')}`);
}

/** After an interruption it goes on with what is left: what has an owner is passed over. */
async function assignUnowned(bus: Bus, owner_id: string, report: Report): Promise<void> {
  const progress = new Progress('files');
  let count = 0;
  let after: string | null = null;
  do {
    const page: { uids: string[]; next: string | null } = await callRpc(bus, AssignOwner, {
      owner_id,
      uids: null,
      after,
      limit: batchSize,
    });
    count += page.uids.length;
    for (const uid of page.uids) progress.step(uid);
    after = page.next;
  } while (after !== null);
  report(count);
}
