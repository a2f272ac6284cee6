import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { Interrupted, UsageError } from './run-program.js';

/** The first line, without its end. */
export async function readPassword(input: Readable): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
  }
}

/** From standard input where it is piped; else from the terminal, which does not show it. */
export async function askPassword({
  isPiped,
  prompt = 'Password: ',
}: {
  isPiped: boolean;
  prompt?: string;
}): Promise<string> {
  if (isPiped) return readPassword(process.stdin);
  if (!process.stdin.isTTY) throw new UsageError('there is no terminal to ask for the password: --password-stdin');
  process.stderr.write(prompt);
  try {
    return await readUnseen(process.stdin);
  } finally {
    process.stderr.write('\n');
  }
}

/** A line of a terminal. */
export async function askLine(prompt: string): Promise<string> {
  if (!process.stdin.isTTY) throw new UsageError(`there is no terminal to ask: ${prompt}`);
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => lines.question(prompt, resolve));
  } finally {
    lines.close();
  }
}

/** 120 bits, as 20 characters. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url');
}

/** In raw mode the terminal shows nothing, and edits nothing: that is done here. */
async function readUnseen(terminal: NodeJS.ReadStream): Promise<string> {
  terminal.setRawMode(true);
  terminal.setEncoding('utf8');
  let typed = '';
  try {
    for await (const text of terminal.iterator({ destroyOnReturn: false })) {
      for (const key of text as string) {
        if (key === '\u0003') throw new Interrupted();
        if (key === '\r' || key === '\n' || key === '\u0004') return typed;
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else typed += key;
      }
    }
    return typed;
  } finally {
    terminal.setRawMode(false);
    terminal.pause();
  }
}
