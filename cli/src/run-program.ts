import { AppError } from '@wharf/service-kit/app-error';
import { ConfigError } from '@wharf/service-kit/load-config';
import { type Command, CommanderError } from 'commander';

const exits = { failed: 1, usage: 2, unavailable: 69, config: 78, interrupted: 130 };

export const exitCodes = `
Exit codes:
  0    done
  1    refused or failed
  2    asked for in a wrong way
  69   the gateway, NATS or a service is away
  78   configuration
  130  interrupted by Ctrl-C`;

/** What the caller asked for in a wrong way, in words for the caller. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Somebody has pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('interrupted; the same command goes on where it stopped');
  }
}

/** Some of what was asked for failed, and each of it was told. */
export class PartlyFailed extends Error {
  override readonly name = 'PartlyFailed';

  /** The code is that of the first failure. */
  constructor(override readonly cause: unknown) {
    super();
  }
}

/** Runs the command that the arguments name. Errors become one line on standard error and an exit code. */
export async function runProgram(program: Command): Promise<void> {
  // A reader such as `head` may have seen enough.
  process.stdout.on('error', () => process.exit(0));
  inheritSettings(program);
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = exitFor(error);
    // The parser of arguments has told its own errors already.
    if (!(error instanceof CommanderError || error instanceof PartlyFailed)) complain(error);
  }
}

/** Commands that were made by themselves answer errors as the program does. */
function inheritSettings(parent: Command): void {
  for (const command of parent.commands) {
    command.copyInheritedSettings(parent);
    inheritSettings(command);
  }
}

/** `about` is what it concerns, where there is more than one. */
export function complain(error: unknown, about?: string): void {
  process.stderr.write(`wharf: ${about === undefined ? '' : `${about}: `}${textOf(error)}\n`);
}

function exitFor(error: unknown): number {
  if (error instanceof PartlyFailed) return exitFor(error.cause);
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : exits.usage;
  if (error instanceof UsageError) return exits.usage;
  if (error instanceof ConfigError) return exits.config;
  if (error instanceof Interrupted) return exits.interrupted;
  if ((error instanceof AppError || isRefusal(error)) && error.code === 'unavailable') return exits.unavailable;
  return exits.failed;
}

function textOf(error: unknown): string {
  if (isRefusal(error)) return textOfRefusal(error);
  return error instanceof Error ? error.message : String(error);
}

/** What a gateway refuses with: the WharfError of the client, which most commands do not load. */
interface Refusal {
  code: string;
  status: number;
  detail: string;
  errors: readonly { path: string; message: string }[];
}

function isRefusal(error: unknown): error is Refusal {
  return error instanceof Error && error.name === 'WharfError';
}

function textOfRefusal({ code, detail, errors, status }: Refusal): string {
  const fields = errors.map(({ message, path }) => `; ${path}: ${message}`).join('');
  const hint = status === 401 && code === 'unauthenticated' ? '; wharf login, or set WHARF_TOKEN to an API key' : '';
  return status === 0 ? detail : `${detail} (${status} ${code})${fields}${hint}`;
}
