#!/usr/bin/env node
import { readVersion } from '@wharf/service-kit';
import { Command } from 'commander';
import { addAuditCommand } from './audit.js';
import { addBackupCommand } from './backup.js';
import { addBucketCommand } from './bucket.js';
import { addDeadLetterCommands } from './dead-letters.js';
import { addFileCommands } from './files.js';
import { addMigrateCommand } from './migrate.js';
import { addReplayCommand } from './replay.js';
import { addRestoreCommand } from './restore.js';
import { runProgram } from './run-program.js';
import { addTransferCommands } from './transfers.js';
import { addUploadCommands } from './uploads.js';
import { addUserCommands } from './users.js';

// Each command loads what it works with when it runs: all of it together takes longer to load than most commands take.
const program = new Command('wharf')
  .description('Files of a gateway, and what operators of Wharf do by hand, with the environment of the services.')
  .version(`wharf ${readVersion()}`)
  .exitOverride();
addDeadLetterCommands(program, process.env);
addReplayCommand(program, process.env);
addFileCommands(program, process.env);
addAuditCommand(program, process.env);
addBackupCommand(program, process.env);
addBucketCommand(program, process.env);
addMigrateCommand(program, process.env);
addRestoreCommand(program, process.env);
addUserCommands(program, process.env);
addTransferCommands(program, process.env);
addUploadCommands(program, process.env);

await runProgram(program);
