import type { Bus } from '@wharf/messaging';
import type { ObjectStore, OnRead } from '@wharf/object-store';
import type { Logger } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import type { AuditReport } from './audit-report.js';
import type { AuditTally } from './audit-tally.js';

export interface AuditOptions {
  /** Otherwise nothing but the report is written. */
  isRepairing: boolean;
  /** The share of files, from 0 to 1, whose bytes are read on both sides; sizes and what objects say of themselves always count. */
  digestSample: number;
  /** Nothing that was made, changed or given another status within this time is judged. */
  graceMs: number;
  /** Sets the bad copies of a lost file aside as well, so that nothing is served from them. */
  isWithholding?: boolean;
  /** The report is there. */
  onStarted?(runId: string): void;
  onProgress?(tally: AuditTally): void;
}

/** One run over records, volume and store. */
export interface Audit {
  runId: string;
  bus: Bus;
  store: ObjectStore;
  volume: Volume;
  logger: Logger;
  options: AuditOptions;
  /** The beginning of the run less the grace: an audit that takes hours judges no file that came meanwhile. */
  cutoff: Date;
  report: AuditReport;
  tally: AuditTally;
  /** Ends the run early: the service stops, or another process leads. */
  signal: AbortSignal;
  /** Where the bytes that are read are counted, and reading is slowed down. */
  onRead?: OnRead | undefined;
}

export interface AuditOutcome {
  runId: string;
  /** The report's path on the volume. */
  report: string;
  startedAt: Date;
  finishedAt: Date;
  tally: AuditTally;
}

/** Requests that one audit has under way at once, in each of its walks. */
export const auditWidth = 8;

/** One audit at a time, and no undo meanwhile. */
export const auditLease = 'audit';

/** How long something must have been left alone by now to be judged by the cutoff. */
export function ageToJudge({ cutoff }: Audit): number {
  return Date.now() - cutoff.getTime();
}

/** Something could not be judged or repaired: the audit says so and goes on. */
export async function reportProblem({ report, tally }: Audit, detail: string): Promise<void> {
  tally.addProblem(detail);
  await report.write({ kind: 'problem', at: new Date().toISOString(), detail });
}
