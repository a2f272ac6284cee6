import type { Place } from '../chaos/oracle.ts';
import type { LoopDisk } from './loop-disk.ts';

export interface FormOptions {
  disk: LoopDisk;
  /** `os` gives up what is to be shown: the test must fail then. */
  durability: 'fsync' | 'os';
  log(line: string): void;
}

/** A running Wharf of which all, or the volume alone, is on a disk whose power can be cut. */
export interface PoweredSystem {
  place: Place;
  /** Of NATS, for a listener. */
  eventsUrl: string;
  /** Every process with files on the disk stands still, the power is gone, they are killed, the disk is mounted again. */
  cutPower(): Promise<void>;
  /** Resolves when all is ready again. */
  startAgain(): Promise<void>;
  close(): Promise<void>;
}
