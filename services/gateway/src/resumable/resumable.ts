import type { Bus } from '@wharf/messaging';
import type { Logger, Metrics } from '@wharf/service-kit';
import { KeptHashes } from './kept-hashes.js';
import { UploadLeases } from './upload-leases.js';
import { UploadMetrics } from './upload-metrics.js';

/** What resumable uploads need beside the rest of the gateway. */
export interface Resumable {
  leases: UploadLeases;
  hashes: KeptHashes;
  metrics: UploadMetrics;
}

interface Surroundings {
  bus: Bus;
  logger: Logger;
  metrics: Metrics;
  leaseMs: number;
}

export function openResumable({ bus, leaseMs, logger, metrics }: Surroundings): Resumable {
  const leases = new UploadLeases(bus, logger, leaseMs);
  return { leases, hashes: new KeptHashes(), metrics: new UploadMetrics(metrics, leases) };
}
