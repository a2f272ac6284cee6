import { setTimeout as delay } from 'node:timers/promises';
import type { ProcessExit } from '../servers/child-process.ts';

export interface Supervisable {
  exited: Promise<ProcessExit>;
  stop(): Promise<void>;
}

export interface Supervised {
  name: string;
  stop(): Promise<void>;
}

/** EX_CONFIG of sysexits.h: another attempt would end the same way. */
export const exitBadConfiguration = 78;

const firstPauseMs = 500;
const longestPauseMs = 10_000;
const stableAfterMs = 30_000;

/** Starts `first` again whenever it ends, at growing intervals, until it is stopped. */
export function supervise<T extends Supervisable>(options: {
  name: string;
  first: T;
  startAgain: () => Promise<T>;
  say: (line: string) => void;
  onBadConfiguration: (name: string) => void;
}): Supervised {
  const { name, say } = options;
  const stopping = new AbortController();
  let current = options.first;
  let pauseMs = firstPauseMs;

  // Resolves to false when the pause was cut short by a stop.
  const pause = async (reason: string) => {
    say(`${name} ${reason}; next start in ${pauseMs / 1000} s`);
    await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    return !stopping.signal.aborted;
  };
  const startAgain = async (): Promise<boolean> => {
    for (;;) {
      try {
        current = await options.startAgain();
        return true;
      } catch (error) {
        if (stopping.signal.aborted) return false;
        if (!(await pause(`did not start (${(error as Error).message})`))) return false;
      }
    }
  };
  const watch = async () => {
    for (;;) {
      const startedAt = Date.now();
      const exit = await current.exited;
      if (stopping.signal.aborted) return;
      if (exit.code === exitBadConfiguration) return options.onBadConfiguration(name);
      if (Date.now() - startedAt > stableAfterMs) pauseMs = firstPauseMs;
      // Of several processes the others still run.
      await current.stop();
      if (!(await pause(`ended (${exit.signal ?? `exit code ${exit.code}`})`))) return;
      if (!(await startAgain())) return;
      if (stopping.signal.aborted) return current.stop();
    }
  };
  void watch();
  return {
    name,
    stop: () => {
      stopping.abort();
      return current.stop();
    },
  };
}
