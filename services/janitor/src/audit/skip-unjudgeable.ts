import { hasCode } from '@wharf/service-kit';
import { reasonOf, requireOngoing } from '../sweeps/run-sweep.js';
import { type Audit, reportProblem } from './audit.js';

/**
 * Looks at one thing. What cannot be judged (a disk that gives no bytes, a record that names an object of another store)
 * is a problem of the audit, which goes on; only `unavailable` ends it.
 */
export async function skipUnjudgeable(audit: Audit, place: string, look: () => Promise<void>): Promise<void> {
  requireOngoing(audit.signal);
  try {
    await look();
  } catch (error) {
    if (hasCode(error, 'unavailable')) throw error;
    audit.logger.warn({ error, place }, 'something cannot be judged');
    await reportProblem(audit, `${place} cannot be judged: ${reasonOf(error)}`);
  }
}
