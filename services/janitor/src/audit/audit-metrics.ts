import { AuditClass } from '@wharf/contracts';
import type { Metrics } from '@wharf/service-kit';
import type { AuditOutcome } from './audit.js';

export interface AuditMetrics {
  completed(outcome: AuditOutcome): void;
  stopped(): void;
}

export function auditMetrics(metrics: Metrics): AuditMetrics {
  const auditsTotal = metrics.counter('wharf_janitor_audits_total', 'Audits by outcome', ['outcome']);
  const findings = metrics.gauge('wharf_janitor_audit_findings', 'What the last audit found, repaired or not', [
    'class',
  ]);
  const left = metrics.gauge('wharf_janitor_audit_findings_left', 'What the last audit found and left', ['class']);
  const lost = metrics.gauge('wharf_janitor_audit_lost_files', 'Files of which the last audit found no good copy');
  const finished = metrics.gauge(
    'wharf_janitor_audit_finished_seconds',
    'When the last audit was completed, epoch seconds',
  );
  return {
    completed: ({ finishedAt, tally }) => {
      auditsTotal.inc({ outcome: 'completed' });
      for (const name of AuditClass.options) {
        const found = tally.findings[name] ?? 0;
        findings.set({ class: name }, found);
        left.set({ class: name }, found - (tally.repaired[name] ?? 0));
      }
      lost.set(tally.lost);
      finished.set(finishedAt.getTime() / 1000);
    },
    stopped: () => auditsTotal.inc({ outcome: 'stopped' }),
  };
}
