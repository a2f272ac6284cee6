import type { Log } from '../../scripts/servers/child-process.ts';

/** Where a contestant keeps its things. */
export interface Place {
  dir: string;
  /** Where notes of processes are kept, so that a killed run leaves none behind. */
  runDir: string;
  log: Log;
}
