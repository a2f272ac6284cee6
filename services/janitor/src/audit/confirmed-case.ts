import type { LocatedFileRecord } from '@wharf/contracts';
import type { Finding } from './finding.js';
import type { Step } from './plan-repair.js';

/** What turned out to be true, and what makes it right. */
export interface ConfirmedCase {
  findings: Finding[];
  steps: Step[];
  /** As it was when the steps were planned. */
  record?: LocatedFileRecord | undefined;
}
