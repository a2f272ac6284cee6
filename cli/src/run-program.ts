import { AppError, ConfigError } from '@wharf/service-kit';
import { type Command, CommanderError } from 'commander';

/** 1: a command failed. 2: it was asked for in a wrong way. 69 (EX_UNAVAILABLE): NATS, or a service, is away. 78: configuration. */
const exits = { failed: 1, usage: 2, unavailable: 69, config: 78 };

/** What the caller asked for in a wrong way, in words for the caller. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Runs the command that the arguments name. Errors become one line on standard error and an exit code. */
export async function runProgram(program: Command): Promise<void> {
  // A reader such as `head` may have seen enough.
  process.stdout.on('error', () => process.exit(0));
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitFor(error);
    // The parser of arguments has told its own errors already.
    if (!(error instanceof CommanderError)) process.stderr.write(`wharf: ${textOf(error)}\n`);
  }
}

function exitFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exits.usage;
  if (error instanceof UsageError) return exits.usage;
  if (error instanceof ConfigError) return exits.config;
  if (error instanceof AppError && error.code === 'unavailable') return exits.unavailable;
  return exits.failed;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
