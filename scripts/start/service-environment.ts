import path from 'node:path';
import { runToEnd } from '../servers/child-process.ts';
import type { ServiceName } from './service-process.ts';

export type ServiceVariables = Record<ServiceName, string[]>;

/** What Node, OpenSSL and the C library read, and none of it a secret; the last two are for tests. */
const general = [
  ...['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'LC_ALL'],
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'],
  ...['NODE_ENV', 'WHARF_FAULT'],
];

/** The variables that each service declares. In a process of its own: the declarations bring libraries along, 40 MB that we would keep. */
export async function readServiceVariables(): Promise<ServiceVariables> {
  const program = path.join(import.meta.dirname, 'print-variables.ts');
  const name = 'declarations of the services';
  return JSON.parse(await runToEnd({ name, command: process.execPath, args: [program], log: () => {} }));
}

/**
 * The environment of a service: of the caller's, and of `ours`, what the service declares, so that no service holds a secret of another one, or one of
 * the caller's that is none of Wharf's. Ours wins, and a `…_FILE` beside a variable of ours is dropped.
 */
export function serviceEnvironment(
  declared: readonly string[],
  callers: NodeJS.ProcessEnv,
  ours: Record<string, string>,
): NodeJS.ProcessEnv {
  // One value cannot serve three processes on one machine.
  const { HEALTH_PORT: _, ...theirs } = callers;
  const env = pick(theirs, [...general, ...declared]);
  for (const name of Object.keys(ours)) delete env[`${name}_FILE`];
  return { ...env, ...pick(ours, declared) };
}

function pick(env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv {
  return Object.fromEntries(names.filter((name) => env[name] !== undefined).map((name) => [name, env[name]]));
}
