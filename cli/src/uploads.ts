import type { Bus } from '@wharf/messaging';
import { AppError, type Environment } from '@wharf/service-kit';
import { Command } from 'commander';
import { say, withExamples } from './gateway-command.js';
import { parseOwner } from './parse-owner.js';
import { parseUids } from './parse-uids.js';
import { UsageError } from './run-program.js';
import { dropUpload, requireDroppable } from './uploads/drop-upload.js';
import { findUpload, type KnownUpload, listUploads, openUploads, type UploadFilter } from './uploads/find-uploads.js';
import { printUploads } from './uploads/print-uploads.js';
import { withBus } from './with-bus.js';

interface Selection {
  owner?: string;
  all?: boolean;
  yes?: boolean;
  json?: boolean;
}

/** `wharf uploads list | drop`. */
export function addUploadCommands(program: Command, environment: Environment): void {
  const group = program.command('uploads').description('Resumable uploads');
  group.addCommand(withExamples(listCommand(environment), 'wharf uploads list --owner 0193f0c2-…'));
  group.addCommand(
    withExamples(dropCommand(environment), 'wharf uploads drop 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f --yes'),
  );
}

function listCommand(environment: Environment): Command {
  return new Command('list')
    .description('Lists those that are not complete, oldest first')
    .option('--all', 'those too that ended in the last days')
    .option('--owner <id>', 'only those of an owner', parseOwner)
    .option('--json', 'one JSON object a line')
    .action(({ all, json, owner }: { all?: boolean; owner?: string; json?: boolean }) =>
      withBus(environment, async (bus) => {
        const filter: UploadFilter = { owner, hasEnded: all === true };
        printUploads(await listUploads(await openUploads(bus), filter), { isJson: json === true });
      }),
    );
}

function dropCommand(environment: Environment): Command {
  return new Command('drop')
    .description('Ends them: their clients are refused, and what they have on the volume is removed')
    .argument('[uid...]', 'as listed', parseUids)
    .option('--owner <id>', 'all of an owner that are not complete', parseOwner)
    .option('--all', 'all that are not complete')
    .option('--yes', 'really')
    .option('--json', 'for programs: one JSON object')
    .action((uids: string[] | undefined, selection: Selection) =>
      withBus(environment, (bus) => drop(bus, uids ?? [], selection)),
    );
}

async function drop(bus: Bus, uids: readonly string[], { all, json, owner, yes }: Selection): Promise<void> {
  const isFiltered = all === true || owner !== undefined;
  if (uids.length > 0 && isFiltered) throw new UsageError('give uids, or --owner or --all, not both');
  if (uids.length === 0 && !isFiltered) throw new UsageError('which ones? Give uids, --owner, or --all');
  const store = await openUploads(bus);
  const find = async (uid: string): Promise<KnownUpload> => {
    const upload = await findUpload(store, uid);
    if (!upload) throw new AppError('file_not_found', `there is no upload ${uid}`);
    requireDroppable(upload);
    return upload;
  };
  const chosen = isFiltered
    ? (await listUploads(store, { owner, hasEnded: false })).filter(({ entry }) => entry.plan === null)
    : await Promise.all([...new Set(uids)].map(find));
  if (!yes) throw new UsageError(`${chosen.length} would be ended for good; say --yes to do it`);
  let count = 0;
  for (const { uid } of chosen) if (await dropUpload(store, uid)) count++;
  say(json ? JSON.stringify({ dropped: count }) : `${count} dropped`);
}
