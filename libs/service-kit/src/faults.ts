import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from './app-error.js';

/**
 * The moments after which a process may die so that something is half done: one after each step of the path of a file.
 * Tests end, freeze or fail a process there and see that nothing is lost.
 */
const faultPoints = [
  'gateway.part_open',
  'gateway.data_synced',
  'gateway.journal_written',
  'gateway.renamed',
  'gateway.published',
  'gateway.before_answer',
  'gateway.upload_created',
  'gateway.attachment_reserved',
  'attachment.accepted',
  'attachment.recorded',
  'gateway.piece_synced',
  'gateway.offset_told',
  'gateway.part_joined',
  'gateway.upload_planned',
  'gateway.upload_stored',
  'metadata.before_commit',
  'metadata.after_commit',
  'metadata.outbox_before_publish',
  'metadata.outbox_after_publish',
  'cloud_sync.mid_part',
  'cloud_sync.before_complete',
  'cloud_sync.after_complete',
  'cloud_sync.after_publish',
  'cloud_sync.attachment_marked',
  'janitor.after_check',
  'janitor.after_unlink',
  'janitor.after_publish',
  'janitor.attachment_removed',
] as const;
export type FaultPoint = (typeof faultPoints)[number];

/** What is paused is one request: its process goes on, and renews its leases. What is frozen is the process. */
const actions = ['kill', 'pause', 'freeze', 'error'] as const;
type FaultAction = (typeof actions)[number];

interface Fault {
  action: FaultAction;
  /** The pass at which it strikes, counted from 1; it strikes once. */
  pass: number;
}

/** Begins the line by which a process says that a fault strikes. */
export const faultNotice = 'fault strikes:';

/** Longer than leases and acknowledgements are waited for: what was paused finds that others went on without it. */
const pauseMs = 20_000;

const armed = new Map<FaultPoint, Fault>();

/** A fault that strikes now. */
export interface DueFault {
  action: FaultAction;
  /** To be written to standard error before it strikes. */
  notice: string;
  pauseMs: number;
}

/** Says that a process has come to this point. Costs a lookup in an empty map unless a test has armed something. */
export function faultPoint(point: FaultPoint): Promise<void> | undefined {
  const fault = dueFault(point);
  return fault && strike(fault);
}

/** The same for a point that another thread comes to, which has to strike there. */
export function dueFault(point: FaultPoint): DueFault | undefined {
  const fault = armed.get(point);
  if (!fault || --fault.pass > 0) return undefined;
  armed.delete(point);
  return { action: fault.action, notice: `${faultNotice} ${point}:${fault.action}\n`, pauseMs };
}

/**
 * Arms points by `point:kill|pause|freeze|error[:n]`, separated by commas: the n-th time that the process comes there (the first
 * unless told) it is killed, the step or the whole process rests for 20 s, or the step fails. Throws Error for what it cannot read.
 */
export function armFaults(text: string): void {
  for (const entry of text.split(',')) {
    const [point, action, pass = '1'] = entry.trim().split(':');
    if (!isOneOf(faultPoints, point) || !isOneOf(actions, action) || !/^[1-9]\d*$/.test(pass)) {
      throw new Error(
        `${entry} is no fault: write point:kill|pause|freeze|error[:n] with a point of ${faultPoints.join(', ')}`,
      );
    }
    armed.set(point, { action, pass: Number(pass) });
  }
}

async function strike({ action, notice, pauseMs }: DueFault): Promise<void> {
  // Straight to the descriptor: what is killed next has said it.
  writeSync(process.stderr.fd, notice);
  if (action === 'error') throw new AppError('internal', 'a fault was asked for');
  if (action === 'kill') process.kill(process.pid, 'SIGKILL');
  if (action === 'freeze') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  else await delay(pauseMs);
}

function isOneOf<Word extends string>(words: readonly Word[], word: string | undefined): word is Word {
  return (words as readonly (string | undefined)[]).includes(word);
}
