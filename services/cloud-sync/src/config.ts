import { objectStoreSettings } from '@wharf/object-store';
import { type ConfigOf, healthSettings, integer, setting, sharedSettings, volumeSettings } from '@wharf/service-kit';

export const cloudSyncSettings = {
  ...sharedSettings,
  ...volumeSettings,
  ...healthSettings(8082),
  ...objectStoreSettings,
  syncConcurrency: setting(
    'SYNC_CONCURRENCY',
    integer({ min: 1, max: 256 }).prefault('4'),
    'Files of more than 256 KiB that one replica copies at once; of smaller ones it copies 128',
  ),
  syncMaxDeliver: setting(
    'SYNC_MAX_DELIVER',
    integer({ min: 1 }).prefault('10'),
    'Attempts, with the object store healthy, after which copying a file is given up as a dead letter',
  ),
};

export type Config = ConfigOf<typeof cloudSyncSettings>;
