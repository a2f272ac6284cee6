import type { MikroORM } from '@mikro-orm/postgresql';
import type { Config } from './config.js';
import type { OutboxRelay } from './outbox/outbox-relay.js';

export const serviceName = 'metadata';

/** What the use cases work with. A class only because Nest injects by a value. */
export abstract class Metadata {
  abstract readonly orm: MikroORM;
  abstract readonly outbox: Pick<OutboxRelay, 'wake'>;
  abstract readonly config: Pick<Config, 'claimSessionMs' | 'claimLeaseMs' | 'recordRetentionMs'>;
}
