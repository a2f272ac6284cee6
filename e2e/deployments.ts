import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

const root = path.resolve(import.meta.dirname, '..');

export type Environment = Record<string, string>;

/** The environment of nats-server in docker-compose.yml. */
export function composeNatsEnvironment(): Environment {
  return mapToText(readCompose().nats?.environment ?? {});
}

/** The environments of Wharf's own containers in docker-compose.yml, by service. */
export function composeEnvironments(): Map<string, Environment> {
  const own = Object.entries(readCompose()).filter(([, { build }]) => build !== undefined);
  return new Map(own.map(([name, { environment = {} }]) => [name, mapToText(environment)]));
}

const composeText = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
const variable = /\$\{(\w+):([-?])([^}]*)\}/g;

/** The variables that have no default in docker-compose.yml. */
export function composeRequired(): Set<string> {
  return new Set([...composeText.matchAll(variable)].flatMap(([, name = '', kind]) => (kind === '?' ? [name] : [])));
}

/** What deploy/compose-env.sh writes. */
export function makeComposeEnv(): Environment {
  const folder = mkdtempSync(path.join(tmpdir(), 'compose-env-'));
  try {
    const file = path.join(folder, '.env');
    const env = { PATH: process.env.PATH, WHARF_ENV_FILE: file };
    execFileSync(path.join(root, 'deploy/compose-env.sh'), ['admin@example.org'], { env, stdio: 'pipe' });
    const lines = readFileSync(file, 'utf8').trim().split('\n');
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s) as [string, string]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

let composeEnv: Environment | undefined;

function readCompose(): Record<string, { build?: unknown; environment?: Record<string, unknown> }> {
  composeEnv ??= makeComposeEnv();
  const given: Environment = composeEnv;
  const interpolated = composeText.replace(variable, (_all, name: string, kind, text: string) => {
    if (kind === '?' && given[name] === undefined) throw new Error(`${name} is set nowhere: ${text}`);
    return given[name] ?? text;
  });
  return parse(interpolated, { merge: true }).services;
}

function mapToText(environment: Record<string, unknown>): Environment {
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, String(value)]));
}

interface Container {
  name: string;
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[];
  env?: { name: string; value: string }[];
  securityContext?: Record<string, unknown>;
}

export interface PodSpec {
  containers: Container[];
  securityContext?: Record<string, unknown>;
  automountServiceAccountToken?: boolean;
}

interface Manifest {
  kind: string;
  metadata: { name?: string };
  data?: Environment;
  stringData?: Environment;
  spec?: { template?: { spec: PodSpec } };
}

function manifests(): Manifest[] {
  const base = path.join(root, 'deploy/k8s/base');
  const more = ['secrets.example.yaml', 'wharf.yaml'].map((name) => path.join(root, 'deploy/k8s', name));
  const files = [...readdirSync(base).map((name) => path.join(base, name)), ...more];
  return files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((each) => each.toJS() as Manifest));
}

/** The Secrets as an operator fills in their example, where nothing that is secret has a value. */
function filledIn(secret: string, content: Environment = {}): Environment {
  const values: Environment = {
    NATS_PASSWORD: secret,
    DATABASE_URL: 'postgresql://wharf:x@postgres:5432/wharf',
    ADMIN_EMAIL: 'admin@example.org',
    ADMIN_PASSWORD: 'a long pass phrase',
  };
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, value || (values[name] ?? 'x')]));
}

/** The Secrets that are applied by themselves, and those whose content is in the repository. */
export function kubernetesSecrets(): { inBase: string[]; examples: Map<string, Environment> } {
  const base = path.join(root, 'deploy/k8s/base');
  const secretsIn = (file: string) =>
    parseAllDocuments(readFileSync(file, 'utf8'))
      .map((each) => each.toJS() as Manifest)
      .filter(({ kind }) => kind === 'Secret');
  const nameOf = ({ metadata }: Manifest) => metadata.name ?? '';
  return {
    inBase: readdirSync(base).flatMap((name) => secretsIn(path.join(base, name)).map(nameOf)),
    examples: new Map(
      secretsIn(path.join(root, 'deploy/k8s/secrets.example.yaml')).map((each) => [
        nameOf(each),
        each.stringData ?? {},
      ]),
    ),
  };
}

export function podSpecs(): PodSpec[] {
  return manifests().flatMap(({ spec }) => (spec?.template ? [spec.template.spec] : []));
}

/** The environments that Kubernetes gives to containers, by their names. */
export function kubernetesEnvironments(): Map<string, Environment> {
  const all = manifests();
  const contentOf = (kind: string, name: string | undefined): Environment => {
    if (name === undefined) return {};
    const found = all.find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    return { ...found.data, ...filledIn(name, found.stringData) };
  };
  const environmentOf = ({ envFrom = [], env = [] }: Container): Environment =>
    Object.assign(
      {},
      ...envFrom.map(({ configMapRef, secretRef }) => ({
        ...contentOf('ConfigMap', configMapRef?.name),
        ...contentOf('Secret', secretRef?.name),
      })),
      Object.fromEntries(env.map(({ name, value }) => [name, value])),
    );
  return new Map(podSpecs().flatMap(({ containers }) => containers.map((each) => [each.name, environmentOf(each)])));
}
