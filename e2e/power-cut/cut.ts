import { setTimeout as delay } from 'node:timers/promises';
import { FileStored } from '@wharf/contracts';
import { listenToEvents } from '../events.ts';
import { beginLoad, type Kept } from './load.ts';
import type { PoweredSystem } from './powered-system.ts';
import { findLosses } from './verify.ts';

export interface CutResult {
  /** Uploads that were answered before the cut. */
  kept: Kept[];
  /** From the cut until everything was there. */
  seconds: number;
  faults: string[];
}

/** The cut comes at a random moment of so much load. */
const loadMs = 1500;

/** Cuts the power under load, and looks what is there of all that was answered. */
export async function cutUnderLoad(system: PoweredSystem): Promise<CutResult> {
  const events = await listenToEvents(system.eventsUrl, FileStored.type);
  try {
    const load = beginLoad(system.place.gatewayUrl);
    await load.untilVaried();
    await delay(Math.random() * loadMs);
    await system.cutPower();
    await load.end();
    const cutAt = performance.now();
    await system.startAgain();
    const heard = new Set(events.of(FileStored.type).map(({ subject }) => String(subject)));
    const faults = await findLosses(system.place, load.kept, heard);
    return { kept: load.kept, seconds: (performance.now() - cutAt) / 1000, faults };
  } finally {
    await events.close();
  }
}
