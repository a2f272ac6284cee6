import type { Janitor } from '../janitor.js';
import { whileLeading } from '../sweeps/while-leading.js';
import { type AuditOptions, auditLease } from './audit.js';
import { runAudit } from './run-audit.js';

/** Runs an audit unless another one runs, here or anywhere. Throws what `runAudit` throws. */
export async function auditWhileLeading(janitor: Janitor, options: AuditOptions, stopping: AbortSignal): Promise<void> {
  await whileLeading(janitor, auditLease, stopping, async (signal) => {
    try {
      janitor.auditMetrics.completed(await runAudit(janitor, options, signal));
    } catch (error) {
      janitor.auditMetrics.stopped();
      throw error;
    }
  });
}
