import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { checkManifests } from './deployments/check-manifests.ts';
import {
  buildManifests,
  builds,
  type KubernetesObject,
  type Pod,
  podsOf,
  readExample,
  removeBuilt,
  selects,
} from './deployments/kubernetes.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const ofKind = (build: string, ...kinds: string[]) => buildManifests(build).filter(({ kind }) => kinds.includes(kind));
const isOwn = ({ kind, name }: Pod) => kind === 'Deployment' || name.startsWith('wharf');

afterAll(removeBuilt);

describe('schemas', () => {
  test('every object that can be applied is what its kind takes, and nothing else', async () => {
    const objects = builds.flatMap(buildManifests);
    const examples = ['secrets.yaml', 'external-secrets.yaml'].flatMap(readExample);
    expect(await checkManifests([...objects, ...examples])).toEqual([]);
    const kinds = new Set([...objects, ...examples].map(({ kind }) => kind));
    for (const kind of ['ScaledObject', 'HTTPRoute', 'PodMonitor', 'ExternalSecret', 'Ingress'])
      expect(kinds).toContain(kind);
  });

  test('a field that its kind does not know is told, and a value that it does not take', async () => {
    const [deployment] = ofKind('production', 'Deployment') as [KubernetesObject];
    const wrong = (change: object) => [{ ...deployment, spec: { ...deployment.spec, ...change } }];
    expect(await checkManifests(wrong({ replica: 2 }))).toEqual([expect.stringContaining('"replica"')]);
    expect(await checkManifests(wrong({ replicas: 'two' }))).not.toEqual([]);
  });
});

describe.each(['local', 'production', 'openshift'])('the pods of %s', (build) => {
  const pods = () => podsOf(buildManifests(build));

  test('have no right that they do not need', () => {
    expect(pods().length).toBeGreaterThan(8);
    for (const { name, spec } of pods()) {
      const { automountServiceAccountToken, containers, enableServiceLinks, securityContext, ...rest } = spec;
      expect({ name, automountServiceAccountToken, enableServiceLinks }).toEqual({
        ...{ name, automountServiceAccountToken: false, enableServiceLinks: false },
      });
      const user = build === 'openshift' ? undefined : expect.any(Number);
      expect({ name, ...securityContext }).toEqual({
        ...{ name, runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        ...{ fsGroupChangePolicy: 'OnRootMismatch' },
        ...(user && { runAsUser: user, runAsGroup: user, fsGroup: user }),
      });
      for (const field of ['hostNetwork', 'hostPID', 'hostIPC', 'initContainers'])
        expect(rest).not.toHaveProperty(field);
      expect(JSON.stringify(spec.volumes ?? [])).not.toContain('hostPath');
      for (const each of containers) {
        expect(each.securityContext).toEqual({
          ...{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
        });
      }
    }
  });

  test('have an account of their own, without rights', () => {
    const accounts = ofKind(build, 'ServiceAccount');
    for (const account of accounts) expect(account).toMatchObject({ automountServiceAccountToken: false });
    const used = new Set(pods().map(({ spec }) => spec.serviceAccountName));
    expect([...used].sort()).toEqual(accounts.map(({ metadata }) => metadata.name).sort());
    expect(ofKind(build, 'Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding')).toEqual([]);
  });

  test('ask for what they need, and are held to it', () => {
    for (const { spec } of pods()) {
      for (const { resources } of spec.containers) {
        expect(Object.keys(resources?.requests ?? {}).sort()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
        expect(Object.keys(resources?.limits ?? {}).sort()).toEqual(['ephemeral-storage', 'memory']);
      }
    }
  });

  test('run images of this version, and servers that have one', () => {
    const compose = read('docker-compose.yml');
    for (const pod of pods()) {
      for (const { image } of pod.spec.containers) {
        if (isOwn(pod)) expect(image).toMatch(new RegExp(`(^|/)wharf(-[a-z-]+)?:${version}$`));
        else expect(compose).toContain(`image: ${image}\n`);
        expect(image).toMatch(/:\d/);
      }
    }
  });

  test('are found by what speaks of them, and spread', () => {
    const selectors = ofKind(build, 'Service', 'PodDisruptionBudget', 'NetworkPolicy').map(
      ({ kind, metadata, spec }) => {
        const selector = kind === 'Service' ? { matchLabels: spec.selector } : (spec.podSelector ?? spec.selector);
        return { name: `${kind} ${metadata.name}`, found: pods().filter(({ labels }) => selects(selector, labels)) };
      },
    );
    expect(selectors.filter(({ found }) => found.length === 0)).toEqual([]);
    for (const { kind, labels, name, spec } of pods()) {
      expect(labels).toMatchObject({
        'app.kubernetes.io/instance': 'wharf',
        'app.kubernetes.io/part-of': 'wharf',
        'app.kubernetes.io/name': expect.any(String),
      });
      if (kind === 'CronJob' || ['postgres', 's3'].includes(name)) continue;
      expect([name, spec.topologySpreadConstraints?.length]).toEqual([name, 2]);
      for (const { labelSelector } of spec.topologySpreadConstraints ?? [])
        expect(selects(labelSelector, labels)).toBe(true);
      expect(selectors.map((each) => each.name)).toContain(`PodDisruptionBudget ${name}`);
    }
    for (const { spec } of ofKind(build, 'Service')) {
      const [pod] = pods().filter(({ labels }) => selects({ matchLabels: spec.selector }, labels));
      const names = pod?.spec.containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name));
      for (const { targetPort } of spec.ports) expect(names).toContain(targetPort);
    }
  });

  test('claim volumes that are there, and read a configuration whose name changes with it', () => {
    const claims = ofKind(build, 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
    for (const { spec } of pods())
      for (const { persistentVolumeClaim: claim } of spec.volumes ?? [])
        if (claim) expect(claims).toContain(claim.claimName);
    for (const { metadata } of ofKind(build, 'ConfigMap')) {
      expect(metadata.name).toMatch(/-[a-z0-9]{10}$/);
      expect(JSON.stringify(pods())).toContain(`"${metadata.name}"`);
    }
  });
});
