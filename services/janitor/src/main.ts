import { runService } from '@wharf/service-kit';
import { checkJanitor, janitorSettings } from './config.js';

await runService({
  name: 'janitor',
  settings: janitorSettings,
  check: checkJanitor,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: async (config, logger) => (await import('./start.js')).startJanitor(config, logger),
});
