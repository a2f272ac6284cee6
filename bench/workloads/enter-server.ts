import type { WorkDone } from '../client/orders.ts';
import type { Client } from '../client/start-client.ts';
import type { Contestant, ContestantName } from '../system/contestant.ts';
import type { Arena, Entrant } from './workload.ts';

/** Where requests in a second are counted: a program is compiled while it runs, and a service runs for weeks. */
export const warmUpSeconds = 15;

export interface Turns {
  /** Its server: the usual one of its name unless told. */
  open?(name: string, arena: Arena): Promise<Contestant>;
  prepare?(server: Contestant, client: Client): Promise<void>;
  run(server: Contestant, client: Client): Promise<WorkDone>;
  tidy?(server: Contestant, done: WorkDone): Promise<void>;
}

/** The entrance of workloads that a client does with a server. */
export function enterServer(turns: Turns): (name: string, arena: Arena) => Promise<Entrant> {
  return async (name, arena) => {
    const { client, contestants } = arena;
    const server = await (turns.open?.(name, arena) ?? contestants.get(name as ContestantName));
    await turns.prepare?.(server, client);
    return {
      processes: () => server.processes(),
      serverProcesses: () => server.serverProcesses?.() ?? [],
      run: () => turns.run(server, client),
      tidy: async (done) => turns.tidy?.(server, done),
    };
  };
}
