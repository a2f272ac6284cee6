import { createLogger, type Logger } from '@wharf/service-kit';

/** Silent unless `WHARF_TEST_LOG` names a level, such as `debug`. */
export const testLogger: Logger = createLogger('test', process.env.WHARF_TEST_LOG || 'silent');
