import { readIntegration } from '@wharf/messaging';
import {
  type ConfigOf,
  Duration,
  healthSettings,
  integer,
  Seconds,
  setting,
  sharedSettings,
  streamSettings,
  WordList,
} from '@wharf/service-kit';
import { z } from 'zod';

/** Consumers of other systems: `user=subject`. */
const Integrations = WordList.transform((words, context) =>
  words.flatMap((word) => {
    const integration = readIntegration(word);
    if (typeof integration !== 'string') return [integration];
    context.addIssue({ code: 'custom', message: integration });
    return [];
  }),
);

export const metadataSettings = {
  ...sharedSettings,
  ...streamSettings,
  ...healthSettings(8081),
  natsIntegrators: setting(
    'NATS_INTEGRATORS',
    Integrations.prefault(''),
    'Durable consumers that are made for other systems, by their NATS users, such as thumbnails=file.stored,search=file.>',
  ),
  databaseUrl: setting(
    'DATABASE_URL',
    z
      .string('must be set, to a URL such as postgresql://user:password@host:5432/database')
      .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgresql://user:password@host:5432/database'),
    'Address of PostgreSQL, with user, password and database, such as postgresql://wharf:secret@127.0.0.1:5432/wharf; must be set',
    { secret: true },
  ),
  // Measured with 64 readers and 16 claims at once on 2 cores: from 5 on it makes no difference, 2 halve the claims. Batches and
  // shared reads need few; the rest is room for lists, sweeps and work that waits for a lock.
  dbPoolMax: setting(
    'DB_POOL_MAX',
    integer({ min: 1, max: 1000 }).prefault('10'),
    'Connections to PostgreSQL that one replica holds at most, beside two of its own',
  ),
  recordRetentionMs: setting(
    'RECORD_RETENTION',
    Duration.prefault('90d'),
    'How long the record of a deleted file can still be read; keep it above NATS_STREAM_MAX_AGE',
  ),
  claimSessionMs: setting(
    'CLAIM_SESSION',
    Seconds.prefault('3600'),
    'Seconds within which the ranges that one client reads of a file count as one download',
  ),
  claimLeaseMs: setting(
    'CLAIM_LEASE',
    // A gateway renews what it holds every third of it.
    Seconds.refine((ms) => ms >= 100, 'must be 0.1 seconds or more').prefault('30'),
    'Seconds, at least 0.1, after which a download that a gateway had under way when it died is given back',
  ),
};

export type Config = ConfigOf<typeof metadataSettings>;
