import type { AttachmentMetrics } from '@wharf/attachments';
import type { Bus } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import type { Logger } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import type { AuditMetrics } from './audit/audit-metrics.js';
import type { RequestedAudits } from './audit/requested-audits.js';
import type { Config } from './config.js';
import type { ScrubMetrics } from './scrub/scrub-metrics.js';
import type { SweepMetrics } from './sweeps/sweep-metrics.js';

export const serviceName = 'janitor';

/** What the use cases work with. A class only because Nest injects by a value. */
export abstract class Janitor {
  abstract readonly config: Config;
  abstract readonly bus: Bus;
  abstract readonly store: ObjectStore;
  abstract readonly metrics: SweepMetrics;
  abstract readonly auditMetrics: AuditMetrics;
  abstract readonly scrubMetrics: ScrubMetrics;
  abstract readonly attachmentMetrics: AttachmentMetrics;
  abstract readonly audits: Pick<RequestedAudits, 'start'>;
  abstract readonly logger: Logger;
  /** Throws `unavailable` while the volume is away. */
  abstract openVolume(): Promise<Volume>;
}
