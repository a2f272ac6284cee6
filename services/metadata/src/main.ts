import { runService } from '@wharf/service-kit';
import { metadataSettings } from './config.js';
import { startMetadata } from './start.js';

await runService({
  name: 'metadata',
  settings: metadataSettings,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: startMetadata,
});
