import type { Janitor } from '../janitor.js';
import { auditWhileLeading } from './audit-while-leading.js';

/** The audit that the clock asks for: what it may do is a matter of configuration. */
export async function auditOnSchedule(janitor: Janitor, stopping: AbortSignal): Promise<void> {
  const { auditDigestSample, auditGraceMs, auditRepair } = janitor.config;
  const options = { isRepairing: auditRepair, digestSample: auditDigestSample, graceMs: auditGraceMs };
  await auditWhileLeading(janitor, options, stopping);
}
