import type { Bus } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import type { Health, Logger } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import type { CopyMetrics } from './copies/copy-metrics.js';
import type { CopySlots } from './copies/copy-slots.js';

export const serviceName = 'cloud-sync';

/** What the use cases work with. A class only because Nest injects by a value. */
export abstract class CloudSync {
  abstract readonly bus: Bus;
  abstract readonly store: ObjectStore;
  abstract readonly slots: CopySlots;
  abstract readonly health: Health;
  abstract readonly metrics: CopyMetrics;
  abstract readonly logger: Logger;
  /** Throws `unavailable` while the volume is away. */
  abstract openVolume(): Promise<Volume>;
}
