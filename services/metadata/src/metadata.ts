import type { MikroORM } from '@mikro-orm/postgresql';
import type { LocatedFileRecord } from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import type { PasswordHasher } from '@wharf/passwords';
import type { WorkLimit } from '@wharf/service-kit';
import type { Config } from './config.js';
import { type WantedRecord } from './files/get-file.js';
import type { OutboxRelay } from './outbox/outbox-relay.js';
import type { FileCounts } from './system/count-files.js';

export const serviceName = 'metadata';

/** What the use cases work with. A class only because Nest injects by a value. */
export abstract class Metadata {
  abstract readonly orm: MikroORM;
  /** Reads that are asked for at the same moment share one statement. */
  abstract readonly readRecord: (wanted: WantedRecord) => Promise<LocatedFileRecord | undefined>;
  /** Of the lists that users ask for. */
  abstract readonly lists: WorkLimit;
  abstract readonly hasher: PasswordHasher;
  abstract readonly bus: Bus;
  abstract readonly counts: Pick<FileCounts, 'get'>;
  abstract readonly outbox: Pick<OutboxRelay, 'wake'>;
  abstract readonly config: Pick<Config, 'claimSessionMs' | 'claimLeaseMs' | 'recordRetentionMs'>;
}
