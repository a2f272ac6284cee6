import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/**
 * Standard output. The lines of one turn of the event loop are written together at its end: a system call for each would cost a busy
 * gateway more than making the lines.
 */
class Output {
  private lines = '';
  // At once: what pino would still flush at exit keeps a process alive for ever when nobody reads its output any more.
  private readonly destination = pino.destination({ fd: 1, sync: true });

  constructor() {
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    if (this.lines === '') setImmediate(() => this.flushSync());
    this.lines += line;
  }

  /** pino calls it after the line by which a process ends. */
  flushSync(): void {
    if (this.lines !== '') this.destination.write(this.lines);
    this.lines = '';
  }
}

let output: Output | undefined;

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
  output ??= new Output();
  return pino(options, output);
}
