import type { Bus } from '@wharf/messaging';
import { metadataSettings } from '@wharf/metadata/config';
import { checkObjectStore, type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { type Environment, loadConfig, streamSettings, volumeSettings } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';
import { withBus } from '../with-bus.js';
import { backupSettings } from './settings.js';

/** Everything that Wharf keeps something in. */
export interface System {
  bus: Bus;
  databaseUrl: string;
  accountsDatabaseUrl: string;
  store: ObjectStore;
  volume: Volume;
  replicas: number;
}

/** Runs a command on all of it: with the environment of metadata and of the janitor, and its volume. */
export async function withSystem<Result>(
  environment: Environment,
  openVolume: typeof Volume.open,
  work: (system: System) => Promise<Result>,
): Promise<Result> {
  const settings = {
    natsStreamReplicas: streamSettings.natsStreamReplicas,
    databaseUrl: metadataSettings.databaseUrl,
    ...backupSettings,
    ...volumeSettings,
    ...objectStoreSettings,
  };
  const config = loadConfig(settings, environment, checkObjectStore);
  const store = await openObjectStore(config);
  try {
    const volume = await openVolume(config.volumeDir, { durability: 'fsync' });
    const { databaseUrl, natsStreamReplicas: replicas } = config;
    const accountsDatabaseUrl = config.accountsDatabaseUrl ?? databaseUrl;
    return await withBus(environment, (bus) =>
      work({ bus, databaseUrl, accountsDatabaseUrl, store, volume, replicas }),
    );
  } finally {
    await store.close();
  }
}
