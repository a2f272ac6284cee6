import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output, with the service's name and RFC 3339 times. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
  });
}
