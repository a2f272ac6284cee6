import {
  type AuditOptions,
  type AuditTally,
  checkJanitor,
  type HandAudit,
  janitorSettings,
  openAudit,
} from '@wharf/janitor';
import { AppError, createLogger, type Environment, loadConfig } from '@wharf/service-kit';
import type { AuditFlags } from './audit.js';
import { auditExits, printOutcome, printUndo } from './print-audit.js';
import { UsageError } from './run-program.js';

const progressMs = 2000;

/** 1 says that something was found, so trouble has a code of its own. */
export async function auditOrSayWhyNot(environment: Environment, flags: AuditFlags): Promise<void> {
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
