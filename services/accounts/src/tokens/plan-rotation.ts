import { rememberedSeconds } from '../lifetimes.js';

export interface KeyTimes {
  kid: string;
  /** By the clock of the database. */
  signsFromMs: number;
}

interface Rotation {
  /** From when on a key that is to be made signs; undefined where none is due. */
  nextFromMs: number | undefined;
  /** Keys of which no token is valid any more. */
  outdated: string[];
}

const longestOverlapMs = 3_600_000;
const keptMs = rememberedSeconds * 1000;

/** How long a key is published before it signs: gateways that ask less often would meet tokens of a key that they do not know. */
export function overlapMs(rotationMs: number): number {
  return Math.min(longestOverlapMs, rotationMs / 4);
}

/** The first key signs at once, every other one after its overlap, and is kept until the last token of it has expired. */
export function planRotation(keys: readonly KeyTimes[], nowMs: number, rotationMs: number): Rotation {
  const ordered = inOrder(keys);
  const latest = ordered.at(-1);
  const outdated = ordered.filter((_, index) => {
    const successor = ordered[index + 1];
    return successor !== undefined && successor.signsFromMs + keptMs <= nowMs;
  });
  return { nextFromMs: nextFrom(latest, nowMs, rotationMs), outdated: outdated.map(({ kid }) => kid) };
}

/** The one that signs now. */
export function signingAt<Key extends KeyTimes>(keys: readonly Key[], nowMs: number): Key | undefined {
  return inOrder(keys).findLast(({ signsFromMs }) => signsFromMs <= nowMs);
}

function nextFrom(latest: KeyTimes | undefined, nowMs: number, rotationMs: number): number | undefined {
  if (!latest) return nowMs;
  const dueMs = latest.signsFromMs + rotationMs;
  const overlap = overlapMs(rotationMs);
  // After a standstill it may be late: the one before signs on meanwhile.
  return nowMs >= dueMs - overlap ? Math.max(dueMs, nowMs + overlap) : undefined;
}

function inOrder<Key extends KeyTimes>(keys: readonly Key[]): Key[] {
  return [...keys].sort((a, b) => a.signsFromMs - b.signsFromMs);
}
