import { checkObjectStore } from '@wharf/object-store';
import { runService } from '@wharf/service-kit';
import { janitorSettings } from './config.js';
import { startJanitor } from './start.js';

await runService({
  name: 'janitor',
  settings: janitorSettings,
  check: checkObjectStore,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: startJanitor,
});
