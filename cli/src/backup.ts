import type { Environment } from '@wharf/service-kit/load-config';
import type { Command } from 'commander';
import { withExamples } from './gateway-command.js';

export function addBackupCommand(program: Command, environment: Environment): void {
  const command = program
    .command('backup')
    .description('Saves records, events, and the files that no object store has yet; while Wharf runs')
    .argument('<folder>', 'new, or empty')
    .option('--objects', 'the bytes of all files as well')
    .option('--json', 'for programs: one JSON object')
    .action(async (folder: string, { json, objects }: { objects?: boolean; json?: boolean }) => {
      const { backUp } = await import('./backup/back-up.js');
      await backUp(environment, folder, { withObjects: objects === true, isJson: json === true });
    });
  withExamples(command, 'wharf backup --objects /backups/2026-03-01');
}
