import type { Environment } from '@wharf/service-kit/load-config';
import { readVersion } from '@wharf/service-kit/read-version';
import { Command } from 'commander';
import { exitCodes } from './run-program.js';

type AddCommands = (program: Command, environment: Environment) => void;

interface Part {
  group: 'Files:' | 'This program:' | 'Operators:';
  /** Of the commands that it adds. */
  names: readonly string[];
  load(): Promise<AddCommands>;
}

const parts: readonly Part[] = [
  { group: 'Files:', names: ['upload'], load: async () => (await import('./upload.js')).addUploadCommand },
  { group: 'Files:', names: ['download'], load: async () => (await import('./download.js')).addDownloadCommand },
  { group: 'Files:', names: ['ls', 'show', 'rm'], load: async () => (await import('./records.js')).addRecordCommands },
  { group: 'Files:', names: ['share', 'links'], load: async () => (await import('./sharing.js')).addSharingCommands },
  {
    group: 'Files:',
    names: ['request', 'requests'],
    load: async () => (await import('./requests.js')).addRequestCommands,
  },
  {
    group: 'This program:',
    names: ['login', 'logout'],
    load: async () => (await import('./login.js')).addLoginCommands,
  },
  { group: 'This program:', names: ['status'], load: async () => (await import('./status.js')).addStatusCommand },
  { group: 'This program:', names: [], load: async () => (await import('./completion.js')).addCompletionCommand },
  { group: 'Operators:', names: ['events'], load: async () => (await import('./events.js')).addEventCommands },
  {
    group: 'Operators:',
    names: ['dead-letters'],
    load: async () => (await import('./dead-letters.js')).addDeadLetterCommands,
  },
  { group: 'Operators:', names: ['replay'], load: async () => (await import('./replay.js')).addReplayCommand },
  { group: 'Operators:', names: ['files'], load: async () => (await import('./files.js')).addFileCommands },
  { group: 'Operators:', names: ['audit'], load: async () => (await import('./audit.js')).addAuditCommand },
  { group: 'Operators:', names: ['backup'], load: async () => (await import('./backup.js')).addBackupCommand },
  { group: 'Operators:', names: ['bucket'], load: async () => (await import('./bucket.js')).addBucketCommand },
  { group: 'Operators:', names: ['migrate'], load: async () => (await import('./migrate.js')).addMigrateCommand },
  { group: 'Operators:', names: ['restore'], load: async () => (await import('./restore.js')).addRestoreCommand },
  { group: 'Operators:', names: ['users'], load: async () => (await import('./users.js')).addUserCommands },
  { group: 'Operators:', names: ['uploads'], load: async () => (await import('./uploads.js')).addUploadCommands },
];

const access = `
Commands of users reach the gateway of WHARF_URL with the token of WHARF_TOKEN (or the file of WHARF_TOKEN_FILE), else that of
wharf login, else what npm start runs in this checkout. Commands of operators take the environment of the services.`;

/**
 * The program with the command of this name, or with all of them where there is none: to load them all takes longer than most of them take. Those of
 * operators get an environment of their own.
 */
export async function buildProgram(
  environment: Environment,
  operators: Environment,
  name?: string | undefined,
): Promise<Command> {
  const program = new Command('wharf')
    .description('Files of a gateway, and what operators of Wharf do by hand.')
    .version(`wharf ${readVersion()}`)
    .addHelpText('after', access)
    .addHelpText('after', exitCodes)
    .exitOverride();
  const named = parts.filter(({ names }) => name !== undefined && names.includes(name));
  const loaded = await Promise.all(
    (named.length > 0 ? named : parts).map(async ({ group, load }) => ({ group, add: await load() })),
  );
  for (const { add, group } of loaded) {
    program.commandsGroup(group);
    add(program, group === 'Operators:' ? operators : environment);
  }
  return program;
}
