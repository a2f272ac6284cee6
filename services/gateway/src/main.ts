import { runService } from '@wharf/service-kit';
import { checkGateway, gatewaySettings } from './config.js';
import { failRunningRequest } from './http/guard-requests.js';

await runService({
  name: 'gateway',
  settings: gatewaySettings,
  check: checkGateway,
  environment: process.env,
  arguments: process.argv.slice(2),
  contain: failRunningRequest,
  start: async (config, logger) => (await import('./start.js')).startGateway(config, logger),
});
