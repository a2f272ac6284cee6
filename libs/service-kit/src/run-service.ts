import { armFaults } from './faults.js';
import type { Running } from './lifecycle.js';
import { type ConfigCheck, ConfigError, describeSettings, type Environment, loadConfig } from './load-config.js';
import { createLogger, type Logger } from './logger.js';
import { checkNats } from './nats-settings.js';
import { refuseNode } from './node-version.js';
import { readVersion } from './read-version.js';
import type { ConfigOf, Settings } from './settings.js';
import type { sharedSettings } from './shared-settings.js';

const exitBadConfig = 78;
/** What may come after the grace: giving back leases, closing connections. */
const closingMs = 5000;

export interface ServiceProgram<S extends Settings> {
  name: string;
  settings: S;
  check?: ConfigCheck<S>;
  environment: Environment;
  arguments: readonly string[];
  /** Takes an exception that nothing caught; false where it must end the process. */
  contain?(error: unknown): boolean;
  /** Imports what it starts: with a Node that is too old for that, nothing of it is loaded. */
  start(config: ConfigOf<S>, logger: Logger): Promise<Running>;
}

/**
 * The life of a service's process: configuration, start, and on SIGTERM or SIGINT an orderly end.
 * Exit codes: 0 ended as asked, 1 could not start or close, 78 (EX_CONFIG) bad configuration.
 */
export async function runService<S extends typeof sharedSettings & Settings>(
  program: ServiceProgram<S>,
): Promise<void> {
  if (program.arguments.some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(
      `wharf ${program.name}: configured by its environment\n\n${describeSettings(program.settings)}\n`,
    );
    return;
  }
  if (program.arguments.includes('--version')) {
    process.stdout.write(`wharf ${program.name} ${readVersion()}\n`);
    return;
  }
  const tooOld = refuseNode();
  if (tooOld) fail(`wharf ${program.name} ${tooOld}`, exitBadConfig);
  if (program.arguments.includes('--end-with-stdin')) endWithStdin();
  armFaultsForTests(program);
  const config = loadOrExit(program);
  const { logLevel, shutdownGraceMs } = config as unknown as ConfigOf<typeof sharedSettings>;
  const logger = createLogger(program.name, logLevel);
  for (const event of ['uncaughtException', 'unhandledRejection']) {
    process.on(event, (error: unknown) => {
      if (program.contain?.(error)) return;
      logger.fatal({ error, event }, 'an error that nothing caught ends the process');
      process.exit(1);
    });
  }
  let running: Running | undefined;
  const stop = async (signal: NodeJS.Signals) => {
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error('closing takes too long; what is left is cut off');
      process.exit(1);
    }, shutdownGraceMs + closingMs).unref();
    try {
      await running?.close();
    } catch (error) {
      logger.fatal({ error }, 'could not close');
      process.exit(1);
    }
    logger.info('stopped');
    process.exit(0);
  };
  // Before the start: as process 1 of a container a signal without a handler would be ignored.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop(signal));
  try {
    running = await program.start(config, logger);
  } catch (error) {
    logger.fatal({ error }, 'could not start');
    process.exit(1);
  }
  logger.info({ url: running.url, node: process.versions.node, pid: process.pid }, 'started');
}

/**
 * The launcher holds the other end. Where it died nobody would end this process, which goes on using servers and ports that are others' by then.
 * At once, since a service may die at any moment, and nobody waits for an orderly end.
 */
function endWithStdin(): void {
  process.stdin.on('error', () => process.exit(1));
  process.stdin.on('close', () => process.exit(1));
  process.stdin.resume();
}

/** A production process never dies on purpose, whatever its environment says. */
function armFaultsForTests({ environment, name }: { environment: Environment; name: string }): void {
  const { NODE_ENV, WHARF_FAULT } = environment;
  if (!WHARF_FAULT) return;
  if (NODE_ENV !== 'test') fail(`wharf ${name}: WHARF_FAULT is for tests and needs NODE_ENV=test`, exitBadConfig);
  armFaults(WHARF_FAULT);
}

function loadOrExit<S extends Settings>(program: ServiceProgram<S>): ConfigOf<S> {
  try {
    const check: ConfigCheck<S> = (config) => [...checkNats(config), ...(program.check?.(config) ?? [])];
    return loadConfig(program.settings, program.environment, check);
  } catch (error) {
    if (error instanceof ConfigError) fail(`wharf ${program.name}: ${error.message}`, exitBadConfig);
    throw error;
  }
}

function fail(message: string, exitCode: number): never {
  process.stderr.write(`${message}\n`);
  process.exit(exitCode);
}
