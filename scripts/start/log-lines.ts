type Write = (text: string) => unknown;

/** Where lines go, and whether people read them there. */
export interface Output {
  write: Write;
  isTTY?: boolean | undefined;
}

/**
 * Writes the lines of a service behind its name: as they are, JSON for programs, or, where a terminal listens, for people. What is no JSON is written as
 * it is there too.
 */
export async function logLines(prefix: string, output: Output): Promise<(line: string) => void> {
  const format = output.isTTY ? await readableForm() : (line: string) => `${line}\n`;
  return (line) => {
    const lines = format(line).split('\n').slice(0, -1);
    output.write(lines.map((each) => `${prefix}${each}\n`).join(''));
  };
}

/** Loaded for people alone: it takes a moment. */
async function readableForm(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty');
  const format = prettyFactory({
    colorize: true,
    ignore: 'service,pid,hostname',
    translateTime: 'SYS:HH:MM:ss',
    singleLine: true,
  });
  return (line) => (line.startsWith('{') ? format(line) : `${line}\n`);
}
