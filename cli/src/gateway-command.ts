import type { UploadStore, WharfClient } from '@wharf/client';
import type { Environment } from '@wharf/service-kit/load-config';
import { Command, InvalidArgumentError, Option } from 'commander';
import { Interrupted } from './run-program.js';

/** Not the schema of the contracts: with it they would be loaded, which takes longer than most commands. */
const uuidv7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

export interface GatewayFlags {
  profile?: string;
  json?: boolean;
}

/** What a command works with that talks to a gateway. */
export interface GatewayContext {
  client: WharfClient;
  url: string;
  /** Uploads of this user that are not complete. */
  store: UploadStore;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** A command of users: it reaches a gateway as any client does. */
export function gatewayCommand(name: string, description: string, ...examples: string[]): Command {
  return withExamples(
    new Command(name)
      .description(description)
      .addOption(new Option('--profile <name>', 'the login to use, of those of wharf login --profile'))
      .option('--json', 'for programs: one JSON object a line'),
    ...examples,
  );
}

export function withExamples(command: Command, ...examples: string[]): Command {
  const [first, ...more] = examples;
  const head = more.length === 0 ? 'Example:' : 'Examples:';
  return command.addHelpText('after', `\n${head}\n${[first, ...more].map((example) => `  ${example}\n`).join('')}`);
}

/** Runs a command of users. */
export async function withGateway(
  environment: Environment,
  { profile }: GatewayFlags,
  work: (context: GatewayContext) => Promise<void>,
): Promise<void> {
  const { openGateway } = await import('./http/open-gateway.js');
  const interrupted = new AbortController();
  const onInterrupt = () => interrupted.abort(new Interrupted());
  process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
  try {
    const { client, store, url } = await openGateway(environment, profile === undefined ? {} : { profile });
    await work({ client, url, store, signal: interrupted.signal });
  } finally {
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
  }
}

export function parseUid(text: string): string {
  const uid = text.toLowerCase();
  if (!uuidv7.test(uid)) throw new InvalidArgumentError('A uid is such as 0199f0c2-7d1e-7c3a-9b1f-2f6a3c1d4e5f.');
  return uid;
}

export function parseUidList(text: string, previous: string[] | undefined): string[] {
  return [...(previous ?? []), parseUid(text)];
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
