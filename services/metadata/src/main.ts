import { runService } from '@wharf/service-kit';
import { metadataSettings } from './config.js';

await runService({
  name: 'metadata',
  settings: metadataSettings,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: async (config, logger) => (await import('./start.js')).startMetadata(config, logger),
});
