import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isIntegratorName } from '@wharf/messaging/users';
import { Command, InvalidArgumentError } from 'commander';
import { busUsersTable } from './pages/bus-users-table.ts';
import { writeBetweenMarks } from './pages/write-between-marks.ts';
import { busUsersFile, busUsersInKubernetes } from './servers/bus-users-files.ts';

const { integrators, print } = new Command('write-bus-users')
  .description('Writes who may what on the bus, as nats-server reads it, from libs/messaging/src/users.')
  .option('--integrators <names>', 'NATS users of other systems, separated by commas', parseNames, ['integrator'])
  .option('--print', 'on standard output, instead of the files in deploy')
  .parse()
  .opts<{ integrators: string[]; print?: boolean }>();

if (print) process.stdout.write(busUsersFile.content(integrators));
else {
  for (const { content, file } of [busUsersFile, busUsersInKubernetes]) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content(integrators));
  }
  writeBetweenMarks(path.resolve(import.meta.dirname, '../docs/operations.md'), 'bus users', busUsersTable());
}

function parseNames(text: string): string[] {
  const names = text.split(',');
  const wrong = names.find((name) => !isIntegratorName(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`${JSON.stringify(wrong)} cannot be the name of an integrator.`);
  return names;
}
