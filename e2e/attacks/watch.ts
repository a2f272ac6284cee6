import { request } from 'node:http';
import { mainThreadMs, openDescriptors, resetPeaks, residentBytes, usageOf } from '../../bench/system/process-usage.ts';
import { identify } from '../../scripts/servers/process-identity.ts';
import type { ChaosService } from '../chaos/service.ts';

const address = '127.0.0.3';
const probeEveryMs = 200;
const mebibyte = 1024 * 1024;

/** Work of the gateway that may come before the answer to a probe: a limit that knows nothing of how busy the machine is with others. */
const mostWorkMs = 1000;
const mostBytes = 300_000_000;
const killedAtBytes = 512 * mebibyte;

export interface Seen {
  peakBytes: number;
  slowestProbeMs: number;
  faults: string[];
}

/** Follows a gateway as an orchestrator does: its process, its memory, and whether it says in time that it lives. */
export class Watch {
  private readonly gateway: ChaosService;
  private readonly withinMs: number;
  private readonly identity: ReturnType<typeof identify>;
  private readonly pid: number;
  private readonly timer: NodeJS.Timeout;
  private readonly probes = new Set<Promise<void>>();
  private slowestProbeMs = 0;
  private probesMissed = 0;
  private probesDelayed = 0;
  private wasKilled = false;
  private peakBytes = 0;

  constructor(gateway: ChaosService, withinMs: number) {
    this.gateway = gateway;
    this.withinMs = withinMs;
    this.pid = gateway.pid;
    this.identity = identify(this.pid);
    resetPeaks(this.pid);
    this.timer = setInterval(() => this.look(), probeEveryMs);
  }

  async end(): Promise<Seen> {
    clearInterval(this.timer);
    await Promise.all(this.probes);
    this.measure();
    const { peakBytes, slowestProbeMs } = this;
    const faults: string[] = [];
    const now = identify(this.gateway.pid);
    if (this.wasKilled) faults.push('it was ended at 512 MiB, as the kernel would have done');
    else if (now?.pid !== this.identity?.pid || now?.startedAt !== this.identity?.startedAt) faults.push('it died');
    if (peakBytes > mostBytes) faults.push(`${Math.round(peakBytes / 1e6)} MB of memory`);
    if (this.probesMissed > 0) faults.push(`/health/live was not answered in time (${this.probesMissed} times)`);
    if (this.probesDelayed > 0)
      faults.push(`/health/live had to wait for over ${mostWorkMs} ms of other work (${this.probesDelayed} times)`);
    return { peakBytes, slowestProbeMs, faults };
  }

  private look(): void {
    this.measure();
    // Stands in for a container's limit, which not every machine lets us set; between two looks the peak is kept by the kernel.
    if (residentBytes(this.pid) > killedAtBytes && !this.wasKilled) {
      this.wasKilled = true;
      void this.gateway.kill();
    }
    const probe = this.probe().finally(() => this.probes.delete(probe));
    this.probes.add(probe);
  }

  private measure(): void {
    this.peakBytes = Math.max(this.peakBytes, usageOf(this.pid).peakRssBytes);
  }

  private async probe(): Promise<void> {
    const startedAt = performance.now();
    const workedBefore = mainThreadMs(this.pid);
    const isAnswered = await isAlive(this.gateway.url, this.withinMs);
    const workMs = mainThreadMs(this.pid) - workedBefore;
    this.slowestProbeMs = Math.max(this.slowestProbeMs, performance.now() - startedAt);
    if (!isAnswered) this.probesMissed++;
    else if (workMs > mostWorkMs) this.probesDelayed++;
  }
}

export function descriptorsOf(gateway: ChaosService): number {
  return openDescriptors(gateway.pid);
}

/** On a connection of its own, as kubelet does. */
function isAlive(url: string, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(withinMs);
    const options = { agent: false, localAddress: address, signal };
    const asked = request(`${url}/health/live`, options, (answer) => {
      answer.resume();
      answer.on('error', () => resolve(false));
      answer.on('end', () => resolve(answer.statusCode === 200));
    });
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
