import { randomUUID } from 'node:crypto';
import { type EventData, SweepCompleted } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { AppError, toAppError } from '@wharf/service-kit';
import { type Janitor, serviceName } from '../janitor.js';

type Report = EventData<typeof SweepCompleted>;

const maxErrorLines = 20;

/** What a sweep has done so far. */
export class SweepTally {
  examined = 0;
  acted = 0;
  freedBytes = 0;
  /** Files that were announced to be copied again. */
  announcedAgain = 0;
  readonly errors: string[] = [];

  addError(line: string): void {
    if (this.errors.length < maxErrorLines) this.errors.push(line);
  }
}

/**
 * Runs one sweep and announces what came of it, also when it stopped early: the reason then stands first among the errors.
 * The report is best effort: what the sweep did to files has its own events. A sweep that runs every few seconds tells
 * nothing where it found nothing (`isQuietWhenIdle`).
 */
export async function runSweep(
  janitor: Janitor,
  sweep: Report['sweep'],
  work: (tally: SweepTally) => Promise<void>,
  options: { isQuietWhenIdle?: boolean } = {},
): Promise<void> {
  const { logger, metrics } = janitor;
  const tally = new SweepTally();
  const startedAt = new Date();
  let outcome: 'completed' | 'stopped' = 'completed';
  try {
    await work(tally);
  } catch (error) {
    outcome = 'stopped';
    tally.errors.unshift(`stopped: ${reasonOf(error)}`);
    tally.errors.splice(maxErrorLines);
    logger.warn({ error, sweep }, 'a sweep stopped early');
  }
  const finishedAt = new Date();
  metrics.swept(sweep, outcome, (finishedAt.getTime() - startedAt.getTime()) / 1000);
  const { acted, errors, examined, freedBytes } = tally;
  if (options.isQuietWhenIdle && examined === 0 && errors.length === 0) return;
  logger.info({ sweep, outcome, examined, acted, freedBytes, errors: errors.length }, 'a sweep ended');
  await announce(janitor, sweep, {
    sweep,
    started_at: startedAt.toISOString(),
    finished_at: finishedAt.toISOString(),
    examined,
    acted,
    freed_bytes: freedBytes,
    errors,
  });
}

async function announce({ bus, logger }: Janitor, sweep: string, data: Report): Promise<void> {
  try {
    await emit(bus, SweepCompleted, { service: serviceName, subject: sweep, id: randomUUID(), data });
  } catch (error) {
    logger.warn({ error, report: data }, 'the report of a sweep could not be published');
  }
}

/** Throws once the sweep has to end. */
export function requireOngoing(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new AppError('unavailable', 'the janitor stops, or lost its lease', { cause: signal.reason });
}

/** One line for people: an AppError's own message, since its cause may hold what is nobody's business. */
export function reasonOf(error: unknown): string {
  const { code, message } = toAppError(error);
  return `${code}: ${message}`;
}
