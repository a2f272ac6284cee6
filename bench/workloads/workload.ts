import type { WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import type { MeasuredProcess } from '../system/contestant.ts';
import type { Contestants } from '../system/contestants.ts';

/** What workloads find. */
export interface Arena {
  contestants: Contestants;
  client: Client;
}

/** A kind of work that Wharf and its peers are measured at. */
export interface Workload {
  id: string;
  title: string;
  /** What is counted as done: bytes of contents, or requests. */
  unit: 'MB/s' | '1/s';
  /** Status that counts; other successful answers are told beside. */
  status: number;
  /** Everybody is compared with the first. */
  contestants: readonly string[];
  /** Once for each contestant, unmeasured. */
  enter(name: string, arena: Arena): Promise<Entrant>;
}

/** A contestant that is ready for a workload. */
export interface Entrant {
  /** Whose CPU and memory count. */
  processes(): readonly MeasuredProcess[];
  /** What they stand on. */
  serverProcesses(): readonly MeasuredProcess[];
  /** Unmeasured, before each turn. */
  ready?(): Promise<void>;
  run(): Promise<WorkDone>;
  /** Unmeasured, after each turn. */
  tidy?(done: WorkDone): Promise<void>;
  /** Once, after the last turn. */
  leave?(): Promise<void>;
}
