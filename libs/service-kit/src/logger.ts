import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** JSON lines on standard output, with the service's name and RFC 3339 times. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
  };
  // Written at once: what pino would still flush at exit keeps a process alive for ever when nobody reads its output any more.
  return pino(options, pino.destination({ fd: 1, sync: true }));
}
