import type { WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import type { Contestant } from '../system/contestant.ts';
import type { ContestantName } from '../system/contestants.ts';

/** A kind of work that Wharf and its peers are measured at. */
export interface Workload {
  id: string;
  title: string;
  /** What is counted as done: bytes of contents, or requests. */
  unit: 'MB/s' | '1/s';
  /** Status that counts; other successful answers are told beside. */
  status: number;
  /** Everybody is compared with the first. */
  contestants: readonly ContestantName[];
  /** Unmeasured, once for each contestant. */
  prepare?(contestant: Contestant, client: Client): Promise<void>;
  /** Called at each turn of a contestant. */
  run(contestant: Contestant, client: Client): Promise<WorkDone>;
  /** Unmeasured, after each turn. */
  tidy?(contestant: Contestant, done: WorkDone): Promise<void>;
}
