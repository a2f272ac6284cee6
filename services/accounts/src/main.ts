import { runService } from '@wharf/service-kit';
import { accountsSettings, checkAccounts } from './config.js';

await runService({
  name: 'accounts',
  settings: accountsSettings,
  check: checkAccounts,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: async (config, logger) => (await import('./start.js')).startAccounts(config, logger),
});
