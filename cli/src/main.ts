#!/usr/bin/env node
import { Command } from 'commander';
import { addAuditCommand } from './audit.js';
import { addBackupCommand } from './backup.js';
import { addBucketCommand } from './bucket.js';
import { addCompletionCommand } from './completion.js';
import { addDeadLetterCommands } from './dead-letters.js';
import { addDownloadCommand } from './download.js';
import { addEventCommands } from './events.js';
import { addFileCommands } from './files.js';
import { withLocalSystem } from './local-system.js';
import { addLoginCommands } from './login.js';
import { addRecordCommands } from './records.js';
import { addReplayCommand } from './replay.js';
import { addRequestCommands } from './requests.js';
import { addRestoreCommand } from './restore.js';
import { exitCodes, runProgram } from './run-program.js';
import { addSharingCommands } from './sharing.js';
import { addStatusCommand } from './status.js';
import { addUploadCommand } from './upload.js';
import { addUploadCommands } from './uploads.js';
import { addUserCommands } from './users.js';

const access = `
Commands of users reach the gateway of WHARF_URL with the token of WHARF_TOKEN (or the file of WHARF_TOKEN_FILE), else that of
wharf login, else what npm start runs in this checkout. Commands of operators take the environment of the services.`;

// Each command loads what it works with when it runs: all of it together takes longer to load than most commands take.
const program = new Command('wharf')
  .description('Files of a gateway, and what operators of Wharf do by hand.')
  .addHelpText('after', access)
  .addHelpText('after', exitCodes)
  .exitOverride();

program.commandsGroup('Files:');
addUploadCommand(program, process.env);
addDownloadCommand(program, process.env);
addRecordCommands(program, process.env);
addSharingCommands(program, process.env);
addRequestCommands(program, process.env);

program.commandsGroup('This program:');
addLoginCommands(program, process.env);
addStatusCommand(program, process.env);
addCompletionCommand(program);

program.commandsGroup('Operators:');
const environment = withLocalSystem(process.env);
addEventCommands(program, environment);
addDeadLetterCommands(program, environment);
addReplayCommand(program, environment);
addFileCommands(program, environment);
addAuditCommand(program, environment);
addBackupCommand(program, environment);
addBucketCommand(program, environment);
addRestoreCommand(program, environment);
addUserCommands(program, environment);
addUploadCommands(program, environment);

await runProgram(program);
