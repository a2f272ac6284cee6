import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** A system call for each line would cost a busy gateway more than making the lines: they are written together, this much later at most. */
const flushMs = 100;
const flushBytes = 8 * 1024;

let output: ReturnType<typeof pino.destination> | undefined;

/** Standard output, written synchronously: what pino would still flush at exit keeps a process alive for ever when nobody reads it any more. */
function standardOutput(): NonNullable<typeof output> {
  if (output) return output;
  const destination = pino.destination({ fd: 1, sync: true, minLength: flushBytes, periodicFlush: flushMs });
  process.once('exit', () => destination.flushSync());
  output = destination;
  return destination;
}

/** RFC 3339; made once for all lines of a millisecond. */
const clock = { ms: 0, text: '' };

function timestamp(): string {
  const ms = Date.now();
  if (ms !== clock.ms) Object.assign(clock, { ms, text: `,"time":"${new Date(ms).toISOString()}"` });
  return clock.text;
}

/** JSON lines on standard output, with the service's name and RFC 3339 times. */
export function createLogger(service: string, level: string): Logger {
  const options = {
    level,
    base: { service },
    timestamp,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: pino.stdSerializers.errWithCause },
  };
  return pino(options, standardOutput());
}
