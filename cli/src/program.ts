import type { Environment } from '@wharf/service-kit';
import { Command } from 'commander';
import { addAuditCommand } from './audit.js';
import { addBackupCommand } from './backup.js';
import { addBucketCommand } from './bucket.js';
import { addCompletionCommand } from './completion.js';
import { addDeadLetterCommands } from './dead-letters.js';
import { addDownloadCommand } from './download.js';
import { addEventCommands } from './events.js';
import { addFileCommands } from './files.js';
import { addLoginCommands } from './login.js';
import { addRecordCommands } from './records.js';
import { addReplayCommand } from './replay.js';
import { addRequestCommands } from './requests.js';
import { addRestoreCommand } from './restore.js';
import { exitCodes } from './run-program.js';
import { addSharingCommands } from './sharing.js';
import { addStatusCommand } from './status.js';
import { addUploadCommand } from './upload.js';
import { addUploadCommands } from './uploads.js';
import { addUserCommands } from './users.js';

const access = `
Commands of users reach the gateway of WHARF_URL with the token of WHARF_TOKEN (or the file of WHARF_TOKEN_FILE), else that of
wharf login, else what npm start runs in this checkout. Commands of operators take the environment of the services.`;

/**
 * All commands. Each loads what it works with when it runs: all of it together takes longer to load than most commands take. Those of operators get
 * an environment of their own.
 */
export function buildProgram(environment: Environment, operators: Environment): Command {
  const program = new Command('wharf')
    .description('Files of a gateway, and what operators of Wharf do by hand.')
    .addHelpText('after', access)
    .addHelpText('after', exitCodes)
    .exitOverride();

  program.commandsGroup('Files:');
  addUploadCommand(program, environment);
  addDownloadCommand(program, environment);
  addRecordCommands(program, environment);
  addSharingCommands(program, environment);
  addRequestCommands(program, environment);

  program.commandsGroup('This program:');
  addLoginCommands(program, environment);
  addStatusCommand(program, environment);
  addCompletionCommand(program);

  program.commandsGroup('Operators:');
  addEventCommands(program, operators);
  addDeadLetterCommands(program, operators);
  addReplayCommand(program, operators);
  addFileCommands(program, operators);
  addAuditCommand(program, operators);
  addBackupCommand(program, operators);
  addBucketCommand(program, operators);
  addRestoreCommand(program, operators);
  addUserCommands(program, operators);
  addUploadCommands(program, operators);
  return program;
}
