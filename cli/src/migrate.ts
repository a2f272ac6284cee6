import type { Environment } from '@wharf/service-kit';
import type { Command } from 'commander';
import { withExamples } from './gateway-command.js';

/** `wharf migrate`: what metadata and accounts do at their start, before any of them is replaced. */
export function addMigrateCommand(program: Command, environment: Environment): void {
  const command = program
    .command('migrate')
    .description('Brings the tables of metadata and accounts up to date, beside running services of the version before')
    .option('--json', 'for programs: one JSON object a line')
    .action(async ({ json }: { json?: boolean }) => {
      const { migrateAll } = await import('./migrate-all.js');
      await migrateAll(environment, { isJson: json === true });
    });
  withExamples(command, 'wharf migrate');
}
