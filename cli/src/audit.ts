import path from 'node:path';
import {
  type AuditOptions,
  type AuditTally,
  checkJanitor,
  type HandAudit,
  janitorSettings,
  openAudit,
} from '@wharf/janitor';
import { AppError, createLogger, Duration, type Environment, loadConfig } from '@wharf/service-kit';
import { type Command, InvalidArgumentError } from 'commander';
import { auditExits, printOutcome, printUndo } from './print-audit.js';
import { UsageError } from './run-program.js';

interface AuditFlags {
  repair?: boolean;
  full?: boolean;
  grace?: number;
  undo?: string;
  json?: boolean;
}

const progressMs = 2000;

/** `wharf audit`: whether records, volume and store agree. It needs the environment of the janitor, and its volume. */
export function addAuditCommand(program: Command, environment: Environment): void {
  program
    .command('audit')
    .description('Compares records, volume and object store; with the environment and the volume of the janitor')
    .option('--repair', 'makes them agree; nothing is deleted, and --undo takes it back')
    .option('--full', 'reads the bytes of every file on both sides')
    .option('--grace <duration>', 'judges nothing younger; AUDIT_GRACE unless given', parseDuration)
    .option('--undo <report>', 'takes back what the run of this report did', parseReport)
    .option('--json', 'one JSON object instead of a table')
    .action((flags: AuditFlags) => auditOrSayWhyNot(environment, flags));
}

/** 1 says that something was found, so trouble has a code of its own. */
async function auditOrSayWhyNot(environment: Environment, flags: AuditFlags): Promise<void> {
  if (flags.undo && (flags.repair || flags.full)) throw new UsageError('--undo goes with neither --repair nor --full');
  try {
    process.exitCode = await withAudit(environment, (audit, defaults, signal) =>
      flags.undo ? undo(audit, flags.undo, flags, signal) : run(audit, defaults, flags, signal),
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`wharf: ${error.message}\n`);
    process.exitCode = auditExits.trouble;
  }
}

type Defaults = Pick<AuditOptions, 'graceMs' | 'digestSample'>;

async function withAudit(
  environment: Environment,
  work: (audit: HandAudit, defaults: Defaults, signal: AbortSignal) => Promise<number>,
): Promise<number> {
  const config = loadConfig(janitorSettings, environment, checkJanitor);
  const audit = await openAudit(config, createLogger('wharf', 'silent'));
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, interrupt);
  try {
    const defaults = { graceMs: config.auditGraceMs, digestSample: config.auditDigestSample };
    return await work(audit, defaults, interrupted.signal);
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM']) process.removeListener(signal, interrupt);
    await audit.close();
  }
}

async function run(audit: HandAudit, defaults: Defaults, flags: AuditFlags, signal: AbortSignal): Promise<number> {
  const isRepairing = flags.repair === true;
  const options = {
    isRepairing,
    digestSample: flags.full ? 1 : defaults.digestSample,
    graceMs: flags.grace ?? defaults.graceMs,
    onProgress: everySoOften(),
  };
  return printOutcome(await audit.run(options, signal), { isJson: flags.json === true, isRepairing });
}

async function undo(audit: HandAudit, runId: string, flags: AuditFlags, signal: AbortSignal): Promise<number> {
  return printUndo(await audit.undo(runId, signal), { isJson: flags.json === true });
}

function everySoOften(): (tally: AuditTally) => void {
  let toldAt = Date.now();
  return ({ examined, foundTotal, repairedTotal }) => {
    if (Date.now() - toldAt < progressMs) return;
    toldAt = Date.now();
    process.stderr.write(`${examined} looked at, ${foundTotal} found, ${repairedTotal} repaired\n`);
  };
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
