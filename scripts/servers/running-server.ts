import type { ProcessExit, RunningProcess } from './child-process.ts';

/** What every server module gives back beside its addresses. */
export interface RunningServer {
  pids: number[];
  /** Settles when the first of the server's processes ends, wanted or not. */
  exited: Promise<ProcessExit>;
  stop(): Promise<void>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export function asRunningServer(running: RunningProcess): RunningServer {
  return {
    pids: [running.pid],
    exited: running.exited,
    stop: () => running.stop(),
    kill: (signal = 'SIGKILL') => running.kill(signal),
  };
}
