import type { Janitor } from '../janitor.js';
import { whileLeading } from '../sweeps/while-leading.js';
import { auditLease } from './audit.js';
import { runAudit } from './run-audit.js';

/** The audit that the clock asks for: what it may do is a matter of configuration. */
export async function auditOnSchedule(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  const { auditDigestSample, auditGraceMs, auditRepair } = janitor.config;
  const options = { isRepairing: auditRepair, digestSample: auditDigestSample, graceMs: auditGraceMs };
  await whileLeading(janitor, auditLease, stopping, async (signal) => {
    try {
      janitor.auditMetrics.completed(await runAudit(janitor, options, signal));
    } catch (error) {
      janitor.auditMetrics.stopped();
      throw error;
    }
  });
}
