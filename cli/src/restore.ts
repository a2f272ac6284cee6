import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { withExamples } from './gateway-command.js';

export function addRestoreCommand(program: Command, environment: Environment): void {
  const command = program
    .command('restore')
    .description('Brings a backup back on an empty database and an empty NATS, while no service runs')
    .argument('<folder>', 'made by wharf backup')
    .option('--json', 'for programs: one JSON object')
    .action(async (root: string, { json }: { json?: boolean }) => {
      const { restore } = await import('./backup/restore.js');
      await restore(environment, root, { isJson: json === true });
    });
  withExamples(command, 'wharf restore /backups/2026-03-01');
}
