import { gatewaySettings, startGateway } from '@wharf/gateway';
import { runService } from '@wharf/service-kit';
import { namedByHeaders } from './callers.ts';

/** A gateway as a process of its own that takes uploads in the name that their headers tell. */
await runService({
  name: 'gateway',
  settings: gatewaySettings,
  environment: process.env,
  arguments: process.argv.slice(2),
  start: (config, logger) => startGateway(config, logger, namedByHeaders),
});
