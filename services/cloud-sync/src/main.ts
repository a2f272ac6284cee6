import { setPriority } from 'node:os';
import { checkObjectStore } from '@wharf/object-store';
import { runService } from '@wharf/service-kit';
import { cloudSyncSettings } from './config.js';

/** Nice, in Unix's words: where the machine is busy, uploads and downloads come first, and copies have a tenth of what each of them has. */
setPriority(10);

await runService({
  name: 'cloud-sync',
  settings: cloudSyncSettings,
  check: checkObjectStore,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: async (config, logger) => (await import('./start.js')).startCloudSync(config, logger),
});
