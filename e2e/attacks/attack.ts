/** What an attacker knows, and from where it comes. */
export interface Target {
  url: string;
  host: string;
  port: number;
  /** Each attack comes from a loopback address of its own, as clients do. */
  from: string;
  natsUrl: string;
  databaseUrl: string;
  volumeDir: string;
  storeDir: string;
  /** The short form belongs to the tests: fewer connections, seconds instead of minutes. */
  isShort: boolean;
  /** Of the random choices of fuzzers. */
  seed: number;
}

/**
 * One kind of hostile client. While it runs, and afterwards, Wharf must hold what `judge.ts` checks of every attack: the
 * process survives, its memory stays small, it answers, others are served, and nothing is left behind.
 */
export interface Attack {
  name: string;
  /** What must hold beside that. */
  holds: string;
  /** Until `signal` ends it; an attack with a fixed amount of work may end earlier. */
  seconds: { full: number; short: number };
  /** Others may wait this long for a download or a record; 5 s unless stated, as for all else. */
  readsWithinMs?: number;
  /** Before anything is watched. */
  prepare?(target: Target): Promise<void>;
  /** Resolves with what did not hold, one line each. */
  run(target: Target, signal: AbortSignal): Promise<string[]>;
}
