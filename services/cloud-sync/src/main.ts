import { checkObjectStore } from '@wharf/object-store';
import { runService } from '@wharf/service-kit';
import { cloudSyncSettings } from './config.js';

await runService({
  name: 'cloud-sync',
  settings: cloudSyncSettings,
  check: checkObjectStore,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: async (config, logger) => (await import('./start.js')).startCloudSync(config, logger),
});
