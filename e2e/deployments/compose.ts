import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'yaml';
import type { Environment } from './kubernetes.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface ComposeService {
  image: string;
  build?: { target: string; args?: { SERVICE: string } };
  environment?: Record<string, unknown>;
  env_file?: { path: string; required: boolean }[];
  secrets?: string[];
  networks?: string[];
  volumes?: string[];
  ports?: string[];
  configs?: { source: string; target: string }[];
  entrypoint?: string[];
  command?: string[];
  user?: string;
  healthcheck?: { test?: string[]; disable?: boolean };
  depends_on?: Record<string, { condition: string }>;
  deploy?: { resources: { limits: { memory?: string; pids?: number } } };
  cap_add?: string[];
  [other: string]: unknown;
}

export interface Compose {
  name: string;
  services: Record<string, ComposeService>;
  configs: Record<string, { file?: string; content?: string }>;
  secrets: Record<string, { file: string }>;
  networks: Record<string, { internal?: boolean } | null>;
  volumes: Record<string, unknown>;
}

const variable = /\$\{(\w+):([-?])([^}]*)\}/g;
const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');

/** The file as it stands, its anchors resolved. */
export const compose = parse(text, { merge: true }) as Compose;

/** The file as Compose reads it where `.env` says `given`. */
export function readCompose(given: Environment): Compose {
  const interpolate = (value: unknown) =>
    typeof value === 'string'
      ? value
          .replaceAll(variable, (_all, name: string, kind: string, otherwise: string) => {
            if (!given[name] && kind === '?') throw new Error(`${name} is set nowhere: ${otherwise}`);
            return given[name] || otherwise;
          })
          .replaceAll('$$', '$')
      : value;
  return JSON.parse(JSON.stringify(compose), (_key, value) => interpolate(value)) as Compose;
}

/** The variables that have no default. */
export function composeRequired(): string[] {
  return [...text.matchAll(variable)].flatMap(([, name = '', kind]) => (kind === '?' ? [name] : []));
}

/** Wharf's own containers. */
export function ownServices({ services }: Compose): [string, ComposeService][] {
  return Object.entries(services).filter(([, { build }]) => build !== undefined);
}

export interface MadeFiles {
  /** What is in `.env`. */
  env: Environment;
  /** The content of each file of deploy/secrets. */
  secrets: Environment;
}

/** What deploy/compose-env.sh makes, with what its environment gives. */
export function makeComposeFiles(given: Environment = {}): MadeFiles {
  const folder = mkdtempSync(path.join(tmpdir(), 'compose-env-'));
  try {
    const [envFile, secretsDir] = [path.join(folder, '.env'), path.join(folder, 'secrets')];
    const env = { PATH: process.env.PATH, ...given, WHARF_ENV_FILE: envFile, WHARF_SECRETS_DIR: secretsDir };
    execFileSync(path.join(root, 'deploy/compose-env.sh'), ['admin@example.org'], { env, stdio: 'pipe' });
    const lines = readFileSync(envFile, 'utf8').trim().split('\n');
    const files = readdirSync(secretsDir).map((name) => [name, readFileSync(path.join(secretsDir, name), 'utf8')]);
    return { env: Object.fromEntries(lines.map((line) => line.split(/=(.*)/s))), secrets: Object.fromEntries(files) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const made = makeComposeFiles();

/** The environments of Wharf's own containers, by service, beside what `.env` says; secrets by their own names. */
export function composeEnvironments(env: Environment = made.env): Map<string, Environment> {
  return new Map(
    ownServices(readCompose(env)).map(([name, { env_file: files, environment = {} }]) => [
      name,
      withSecrets({ ...(files?.some((file) => file.path === '.env') ? env : {}), ...asTexts(environment) }),
    ]),
  );
}

/** As a service reads them: a file wins over the variable. */
function withSecrets(environment: Environment): Environment {
  const files = Object.entries(environment).filter(([, value]) => value.startsWith('/run/secrets/'));
  const contents = files.map(([name, file]): [string, string] => [
    name.replace(/_FILE$/, ''),
    made.secrets[path.basename(file)] as string,
  ]);
  const rest = Object.entries(environment).filter(([, value]) => !value.startsWith('/run/secrets/'));
  return { ...Object.fromEntries(rest), ...Object.fromEntries(contents) };
}

function asTexts(environment: Record<string, unknown>): Environment {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}
