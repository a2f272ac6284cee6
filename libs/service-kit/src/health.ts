import type { HealthReport } from '@wharf/contracts';
import { within } from './within.js';

/** Resolves when the dependency works; rejects with the reason when it does not. */
export type Probe = () => Promise<unknown> | unknown;

interface Check {
  probe: Probe;
  isEssential: boolean;
}

const probeTimeoutMs = 2000;

/** The truth about a process's dependencies. `draining` is said before the process stops taking work. */
export class Health {
  private readonly checks = new Map<string, Check>();
  private draining = false;

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
}

export function isReady(report: HealthReport): boolean {
  return report.status === 'ok' || report.status === 'degraded';
}

type CheckResult = HealthReport['checks'][string];

async function run(probe: Probe): Promise<CheckResult> {
  try {
    await within(probeTimeoutMs, probe());
    return { status: 'ok' };
  } catch (error) {
    return { status: 'unavailable', detail: error instanceof Error ? error.message : String(error) };
  }
}
