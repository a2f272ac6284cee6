import path from 'node:path';
import { Duration, type Environment } from '@wharf/service-kit';
import { type Command, InvalidArgumentError } from 'commander';
import { withExamples } from './gateway-command.js';

export interface AuditFlags {
  repair?: boolean;
  full?: boolean;
  grace?: number;
  undo?: string;
  json?: boolean;
}

/** `wharf audit`: whether records, volume and store agree. It needs the environment of the janitor, and its volume. */
export function addAuditCommand(program: Command, environment: Environment): void {
  const command = program
    .command('audit')
    .description('Compares records, volume and object store; with the environment and the volume of the janitor')
    .option('--repair', 'makes them agree; nothing is deleted, and --undo takes it back')
    .option('--full', 'reads the bytes of every file on both sides')
    .option('--grace <duration>', 'judges nothing younger; AUDIT_GRACE unless given', parseDuration)
    .option('--undo <report>', 'takes back what the run of this report did', parseReport)
    .option('--json', 'one JSON object instead of a table')
    .action(async (flags: AuditFlags) => {
      const { auditOrSayWhyNot } = await import('./run-audit.js');
      await auditOrSayWhyNot(environment, flags);
    });
  withExamples(
    command,
    'wharf audit --full --json',
    'wharf audit --undo audits/0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f.jsonl',
  );
}

function parseDuration(text: string): number {
  const duration = Duration.safeParse(text);
  if (!duration.success) throw new InvalidArgumentError('A duration is such as 1h, 30m or 0s.');
  return duration.data;
}

/** By its id, or by its file. */
function parseReport(text: string): string {
  const runId = path.basename(text).replace(/\.jsonl$/, '');
  if (!/^[\w-]+$/.test(runId)) throw new InvalidArgumentError('A report is named by its file, audits/<run id>.jsonl.');
  return runId;
}
