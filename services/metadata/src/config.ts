import { databaseSettings } from '@wharf/database/settings';
import { readIntegration } from '@wharf/messaging';
import {
  type ConfigOf,
  Duration,
  healthSettings,
  Seconds,
  setting,
  sharedSettings,
  streamSettings,
  WordList,
} from '@wharf/service-kit';

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
  ...databaseSettings,
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
