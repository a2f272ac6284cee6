import type { AttachmentMetrics } from '@wharf/attachments';
import type { Bus, Confirmations } from '@wharf/messaging';
import type { ObjectStore } from '@wharf/object-store';
import type { Health, Logger, Metrics } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import type { Access } from './access/access.js';
import type { Config } from './config.js';
import type { AccessLog } from './downloads/access-log.js';
import type { DownloadLeases } from './downloads/download-leases.js';
import type { LocalCopies } from './downloads/local-copies/local-copies.js';
import type { RecordCache } from './downloads/record-cache.js';
import type { FileOwners } from './events/file-owners.js';
import type { LiveEvents } from './events/live-events.js';
import type { OpenStreams } from './events/open-streams.js';
import type { AddressLimit } from './http/address-limit.js';
import type { Resumable } from './resumable/resumable.js';
import type { ShownPasswords } from './unlocking/shown-passwords.js';
import type { UploadQuotas } from './uploads/quotas/upload-quotas.js';
import type { VolumeSpace } from './uploads/volume-space.js';

/** What the gateway's routes and use cases work with. */
export interface Gateway {
  config: Config;
  access: Access;
  bus: Bus;
  confirmations: Confirmations;
  volume: Volume;
  space: VolumeSpace;
  openUploads: AddressLimit;
  quotas: UploadQuotas;
  resumable: Resumable;
  store: ObjectStore;
  records: RecordCache;
  copies: LocalCopies;
  leases: DownloadLeases;
  live: LiveEvents;
  streams: OpenStreams;
  owners: FileOwners;
  passwords: ShownPasswords;
  accesses: AccessLog;
  health: Health;
  metrics: Metrics;
  attachmentMetrics: AttachmentMetrics;
  logger: Logger;
}
