import type { HealthReport } from '@wharf/contracts';
import { SharedReading } from './shared-reading.js';
import { withTimeout } from './with-timeout.js';

/** Resolves when the dependency works; rejects with the reason when it does not. */
export type Probe = () => Promise<unknown> | unknown;

interface Check {
  probe: Probe;
  isEssential: boolean;
}

const probeTimeoutMs = 2000;
const recentMs = 1000;

/** The truth about a process's dependencies. `draining` is said before the process stops taking work. */
export class Health {
  private readonly checks = new Map<string, Check>();
  private draining = false;
  private readonly recent = new SharedReading(() => this.report(), recentMs);

  /** Without an essential dependency the process cannot do its work and is not ready; without another it is `degraded`. */
  addProbe(name: string, probe: Probe, options: { isEssential: boolean } = { isEssential: true }): void {
    this.checks.set(name, { probe, ...options });
  }

  startDraining(): void {
    this.draining = true;
  }

  get isDraining(): boolean {
    return this.draining;
  }

  /** Asks every dependency now. For decisions that follow a failure: an older report may tell of the time before it. */
  async report(): Promise<HealthReport> {
    const entries = [...this.checks];
    const results = await Promise.all(entries.map(([, check]) => run(check.probe)));
    let status: HealthReport['status'] = 'ok';
    for (const [index, result] of results.entries()) {
      if (result.status === 'ok') continue;
      if (entries[index]?.[1].isEssential) status = 'unavailable';
      else if (status === 'ok') status = 'degraded';
    }
    return {
      status: this.draining ? 'draining' : status,
      checks: Object.fromEntries(entries.map(([name], index) => [name, results[index] as CheckResult])),
    };
  }

  /**
   * A report of the last second, for whoever asks from outside: however often that is, dependencies are probed once a second.
   * Draining shows at once.
   */
  async recentReport(): Promise<HealthReport> {
    const report = await this.recent.get();
    return this.draining ? { ...report, status: 'draining' } : report;
  }

  /** After a dependency has gone or come back: a report from before would be believed for another second. */
  forgetRecent(): void {
    this.recent.forget();
  }
}

export function isReady(report: HealthReport): boolean {
  return report.status === 'ok' || report.status === 'degraded';
}

type CheckResult = HealthReport['checks'][string];

async function run(probe: Probe): Promise<CheckResult> {
  try {
    await withTimeout(probeTimeoutMs, probe());
    return { status: 'ok' };
  } catch (error) {
    return { status: 'unavailable', detail: error instanceof Error ? error.message : String(error) };
  }
}
