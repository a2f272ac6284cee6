import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';

const deploy = path.resolve(import.meta.dirname, '../../deploy/k8s');

export type Labels = Record<string, string>;
export type Environment = Record<string, string>;

export interface Container {
  name: string;
  image: string;
  envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string; optional?: boolean } }[];
  env?: { name: string; value?: string; valueFrom?: ValueSource }[];
  ports?: { name: string; containerPort: number }[];
  resources?: { requests?: Labels; limits?: Labels };
  securityContext?: Record<string, unknown>;
  readinessProbe?: unknown;
  livenessProbe?: unknown;
}

interface ValueSource {
  secretKeyRef?: { name: string; key: string };
  fieldRef?: { fieldPath: string };
}

interface PodSpec {
  containers: Container[];
  securityContext?: Record<string, unknown>;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  enableServiceLinks?: boolean;
  terminationGracePeriodSeconds?: number;
  priorityClassName?: string;
  topologySpreadConstraints?: { labelSelector: Selector }[];
  volumes?: { persistentVolumeClaim?: { claimName: string } }[];
}

export interface Selector {
  matchLabels?: Labels;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  data?: Environment;
  stringData?: Environment;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the schema of its kind says, which a test compares.
  spec?: any;
}

export interface Pod {
  /** Of what makes it. */
  kind: string;
  name: string;
  labels: Labels;
  spec: PodSpec;
}

const doors = ['ingress-nginx', 'gateway-api', 'prometheus'];

/** What can be applied: the overlays, and that for production with each of the components. */
export const builds = ['local', 'production', 'openshift', ...doors.map((name) => `production+${name}`)] as const;

const built = new Map<string, KubernetesObject[]>();
let folder: string | undefined;

/** What `kubectl apply -k` would send: of an overlay, or of one with a component. */
export function buildManifests(name: string): KubernetesObject[] {
  folder ??= copyWithSecrets();
  const known = built.get(name);
  if (known) return known;
  const [overlay = '', component] = name.split('+');
  const target = component ? combine(folder, overlay, component) : path.join(folder, 'overlays', overlay);
  const text = execFileSync('kubectl', ['kustomize', target], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  const objects = parseManifests(text);
  built.set(name, objects);
  return objects;
}

export function removeBuilt(): void {
  if (folder) rmSync(folder, { recursive: true });
}

export function readExample(name: string): KubernetesObject[] {
  return parseManifests(readFileSync(path.join(deploy, 'examples', name), 'utf8'));
}

function parseManifests(text: string): KubernetesObject[] {
  const objects = parseAllDocuments(text).map((document) => document.toJS({ maxAliasCount: 0 }) as KubernetesObject);
  // kustomize breaks long values into lines.
  for (const { data = {}, kind } of objects)
    for (const [key, value] of Object.entries(data)) if (kind === 'Secret') data[key] = value.replaceAll('\n', '');
  return objects;
}

/** The Secrets of the overlay for one machine are made, and are in no repository. */
function copyWithSecrets(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'manifests-'));
  cpSync(deploy, copy, { recursive: true, filter: (file) => path.basename(file) !== 'secrets' });
  execFileSync(path.join(copy, 'overlays/local/make-secrets.sh'), ['admin@example.org'], { stdio: 'pipe' });
  return copy;
}

function combine(root: string, overlay: string, component: string): string {
  const target = path.join(root, 'overlays', `${overlay}-${component}`);
  mkdirSync(target);
  const lines = [`resources: [../${overlay}]`, `components: [../../components/${component}]`];
  writeFileSync(path.join(target, 'kustomization.yaml'), lines.join('\n'));
  return target;
}

export function podsOf(objects: KubernetesObject[]): Pod[] {
  return objects.flatMap(({ kind, metadata, spec }) => {
    const template = kind === 'CronJob' ? spec.jobTemplate.spec.template : spec?.template;
    return template ? [{ kind, name: metadata.name, labels: template.metadata.labels, spec: template.spec }] : [];
  });
}

export function selects({ matchExpressions = [], matchLabels = {} }: Selector, labels: Labels = {}): boolean {
  const fits = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
  return (
    fits &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`${operator} is not known here`);
      return values.includes(labels[key] ?? '');
    })
  );
}

/** What a container's environment is once every Secret is filled in, in the order in which Kubernetes makes it. */
export function environmentOf(
  container: Container,
  objects: KubernetesObject[],
  secrets: KubernetesObject[],
): Environment {
  const contentOf = (kind: string, name: string): Environment => {
    const found = [...objects, ...secrets].find((each) => each.kind === kind && each.metadata.name === name);
    if (!found) throw new Error(`there is no ${kind} ${name}`);
    const decoded = Object.entries(found.data ?? {}).map(([key, value]) => [
      key,
      kind === 'Secret' ? atob(value) : value,
    ]);
    return { ...Object.fromEntries(decoded), ...filledIn(name, found.stringData) };
  };
  const environment: Environment = {};
  for (const { configMapRef, secretRef } of container.envFrom ?? []) {
    if (configMapRef) Object.assign(environment, contentOf('ConfigMap', configMapRef.name));
    if (secretRef) Object.assign(environment, contentOf('Secret', secretRef.name));
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { fieldRef, secretKeyRef } = valueFrom ?? {};
    const text = value ?? (secretKeyRef && contentOf('Secret', secretKeyRef.name)[secretKeyRef.key]);
    if (text === undefined && !fieldRef) throw new Error(`${name} of ${container.name} has no value`);
    environment[name] = (text ?? '10.1.2.3').replace(/\$\((\w+)\)/g, (_all, other: string) => {
      const known = environment[other];
      if (known === undefined) throw new Error(`${name} of ${container.name} names ${other}, which comes after it`);
      return known;
    });
  }
  return environment;
}

/** A Secret as an operator fills in its example, where nothing that is secret has a value. */
function filledIn(secret: string, content: Environment = {}): Environment {
  const values: Environment = {
    NATS_PASSWORD: `of-${secret}`,
    DATABASE_URL: 'postgresql://wharf:x@postgres:5432/wharf',
    ADMIN_EMAIL: 'admin@example.org',
    ADMIN_PASSWORD: 'a long pass phrase',
  };
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, value || (values[name] ?? 'x')]));
}

/** The environments that Kubernetes gives to Wharf's own containers, by their names. */
export function kubernetesEnvironments(build: string): Map<string, Environment> {
  const objects = buildManifests(build);
  const own = podsOf(objects).filter(({ kind, name }) => kind === 'Deployment' || name === 'wharf');
  const secrets = readExample('secrets.yaml');
  return new Map(
    own.flatMap(({ spec }) => spec.containers.map((each) => [each.name, environmentOf(each, objects, secrets)])),
  );
}
