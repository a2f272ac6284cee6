import type { Environment } from '@wharf/service-kit';
import type { Command } from 'commander';

export function addRestoreCommand(program: Command, environment: Environment): void {
  program
    .command('restore')
    .description('Brings a backup back on an empty database and an empty NATS, while no service runs')
    .argument('<folder>', 'made by wharf backup')
    .action(async (root: string) => {
      const { restore } = await import('./backup/restore.js');
      await restore(environment, root);
    });
}
