import { readdirSync, readFileSync } from 'node:fs';
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

function readCompose(): Record<string, { build?: unknown; environment?: Record<string, unknown> }> {
  const text = readFileSync(path.join(root, 'docker-compose.yml'), 'utf8');
  const interpolated = text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
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
  const files = [...readdirSync(base).map((name) => path.join(base, name)), path.join(root, 'deploy/k8s/wharf.yaml')];
  return files.flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')).map((each) => each.toJS() as Manifest));
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
    return { ...found.data, ...found.stringData };
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
