import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FilesStream } from '@wharf/contracts';
import { loadConfig } from '@wharf/service-kit';
import { checkManifests } from './deployments/check-manifests.ts';
import {
  buildManifests,
  builds,
  environmentOf,
  type KubernetesObject,
  kubernetesEnvironments,
  type Pod,
  podsOf,
  readExample,
  removeBuilt,
  selects,
} from './deployments/kubernetes.ts';
import { networkArrows } from './deployments/network-arrows.ts';
import { everySetting, programs, settingsOf, variablesOf } from './deployments/programs.ts';

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

describe.each(['local', 'production', 'openshift', 'production+ingress-nginx', 'production+gateway-api'])(
  'the settings of %s',
  (build) => {
    test('are those that the services read', () => {
      const known = new Set(everySetting.flatMap(variablesOf));
      for (const [service, environment] of kubernetesEnvironments(build)) {
        const unread = Object.keys(environment).filter((name) => !known.has(name) && name !== 'POD_IP');
        expect({ service, unread }).toEqual({ service, unread: [] });
        const { check, settings } = programs[service] as (typeof programs)[string];
        const inImage = { HOST: '0.0.0.0', HEALTH_HOST: '0.0.0.0', HEALTH_PORT: '8081', VOLUME_DIR: '/var/lib/wharf' };
        expect(() => loadConfig(settings, { ...inImage, ...environment }, check)).not.toThrow();
      }
    });

    test('reach every service: whatever a service reads can be set in the ConfigMap', () => {
      const [config] = ofKind(build, 'ConfigMap').filter(({ metadata }) => metadata.name.startsWith('wharf-'));
      for (const { name, spec } of podsOf(buildManifests(build)).filter(isOwn)) {
        const given = spec.containers.map(({ envFrom = [] }) =>
          envFrom.some(({ configMapRef }) => configMapRef?.name === config?.metadata.name),
        );
        expect([name, given]).toEqual([name, [name !== 'wharf-migrate']]);
      }
    });
  },
);

test('what is set for one service alone is read by that service', () => {
  for (const build of ['local', 'production']) {
    for (const { spec } of podsOf(buildManifests(build)).filter(isOwn)) {
      for (const { env = [], name } of spec.containers) {
        const own = settingsOf(name).map((setting) => setting.name);
        expect(env.map((each) => each.name).filter((each) => each !== 'POD_IP' && !own.includes(each))).toEqual([]);
      }
    }
  }
});

test('the nats-server knows the passwords that the services show', () => {
  for (const build of ['local', 'production']) {
    const objects = buildManifests(build);
    const [server] = podsOf(objects).filter(({ name }) => name === 'nats') as [Pod];
    const [container] = server.spec.containers as [Pod['spec']['containers'][number]];
    const given = environmentOf(container, objects, readExample('secrets.yaml'));
    for (const [name, { NATS_PASSWORD, NATS_USER }] of kubernetesEnvironments(build)) {
      expect(NATS_USER).toBe(name);
      expect(given[`NATS_${name.toUpperCase().replaceAll('-', '_')}_PASSWORD`]).toBe(NATS_PASSWORD);
    }
    const [config] = ofKind(build, 'ConfigMap').filter(({ data }) => data?.['nats.conf']) as [KubernetesObject];
    const used = Object.values(config.data ?? {}).flatMap((text) => [
      ...text.matchAll(/\$([A-Z][A-Z0-9_]+)\b(?=$|[\s,}])/gm),
    ]);
    const own = used.map(([, name]) => name as string).filter((name) => !['JS', 'KV', 'SYS', 'O', 'G'].includes(name));
    expect([...new Set(own)].filter((name) => given[name] === undefined)).toEqual([]);
    expect(config.data?.['users.conf']).toBe(read('deploy/nats/users.conf'));
  }
});

test('every Secret that is named is in the examples, without a value, and no overlay for production brings one', () => {
  const examples = readExample('secrets.yaml');
  const named = new Set(
    JSON.stringify(buildManifests('production')).match(/(?<="secret(?:Key)?Ref":\{[^}]*"name":")[^"]+/g),
  );
  expect([...named].sort()).toEqual(examples.map(({ metadata }) => metadata.name).sort());
  expect(readExample('external-secrets.yaml').map(({ spec }) => spec.target.name)).toEqual(
    examples.map(({ metadata }) => metadata.name),
  );
  for (const { metadata, stringData = {} } of examples) {
    const values = Object.entries(stringData).filter(([key]) => key !== 'NATS_USER');
    expect([metadata.name, values.map(([, value]) => value)]).toEqual([metadata.name, values.map(() => '')]);
  }
  expect(ofKind('production', 'Secret')).toEqual([]);
  expect(ofKind('openshift', 'Secret')).toEqual([]);
});

test('the overlay for one machine makes a password for each concern', () => {
  const secrets = ofKind('local', 'Secret');
  const values = secrets
    .flatMap(({ data = {} }) => Object.entries(data))
    .filter(([key]) => /PASSWORD|SECRET_KEY/.test(key));
  expect(values.length).toBeGreaterThan(9);
  for (const [key, value] of values)
    expect([key, atob(value)]).toEqual([key, expect.stringMatching(/^w[0-9a-f]{40}$/)]);
  expect(new Set(values.map(([, value]) => value)).size).toBe(values.length);
});

describe('an update', () => {
  test.each(['local', 'production'])('of %s narrows no door, and needs no room for what nobody waits for', (build) => {
    for (const { metadata, spec } of ofKind(build, 'Deployment')) {
      const isDoor = ['gateway', 'metadata', 'accounts'].includes(metadata.name);
      expect([metadata.name, spec.strategy.rollingUpdate]).toEqual([
        ...[metadata.name, isDoor ? { maxSurge: 1, maxUnavailable: 0 } : { maxSurge: 0, maxUnavailable: 1 }],
      ]);
    }
  });

  test.each(['local', 'production'])('of %s leaves a service the time that it takes to end', (build) => {
    const objects = buildManifests(build);
    for (const [name, environment] of kubernetesEnvironments(build)) {
      if (name === 'wharf') continue;
      const [pod] = podsOf(objects).filter((each) => each.name === name) as [Pod];
      const graceMs = Number(environment.SHUTDOWN_GRACE_MS ?? 25_000);
      expect(Number(environment.DRAIN_DELAY_MS ?? 0)).toBeLessThan(graceMs);
      expect(pod.spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual((graceMs + 5000) / 1000 + 5);
    }
  });
});

test('what scales itself is left alone by an apply, and KEDA asks the leader of the consumer that cloud-sync has', () => {
  const scalers = ofKind('production', 'HorizontalPodAutoscaler', 'ScaledObject');
  expect(scalers.map(({ spec }) => spec.scaleTargetRef.name).sort()).toEqual(['cloud-sync', 'gateway']);
  for (const { metadata, spec } of ofKind('production', 'Deployment'))
    expect([metadata.name, 'replicas' in spec]).toEqual([
      metadata.name,
      !['cloud-sync', 'gateway'].includes(metadata.name),
    ]);
  const [{ spec }] = ofKind('production', 'ScaledObject') as [KubernetesObject];
  const { consumer, natsServerMonitoringEndpoint: endpoint, stream } = spec.triggers[0].metadata;
  expect(stream).toBe(FilesStream.name);
  expect(read('deploy/nats/users.conf')).toContain(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}"`);
  const [, service, namespace, port] = /^([\w-]+)\.([\w-]+)\.svc\.cluster\.local:(\d+)$/.exec(endpoint) ?? [];
  const [headless] = ofKind('production', 'Service').filter(({ metadata }) => metadata.name === service);
  expect(headless).toMatchObject({ metadata: { namespace }, spec: { clusterIP: 'None' } });
  expect(headless?.spec.ports).toContainEqual(expect.objectContaining({ port: Number(port) }));
  const [config] = ofKind('production', 'ConfigMap').filter(({ data }) => data?.['nats.conf']);
  expect(config?.data?.['nats.conf']).toContain('server_name: $POD_NAME');
  expect(spec.minReplicaCount).toBeGreaterThan(0);
});

test('behind a door that is a proxy, gateways are told so, and how uploads pass it', () => {
  for (const build of ['openshift', 'production+ingress-nginx', 'production+gateway-api'])
    expect([build, kubernetesEnvironments(build).get('gateway')?.TRUST_PROXY]).toEqual([build, 'true']);
  const [{ metadata }] = ofKind('production+ingress-nginx', 'Ingress') as [KubernetesObject];
  expect(metadata.annotations).toMatchObject({
    'nginx.ingress.kubernetes.io/proxy-body-size': '0',
    'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
    'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
  });
  const [route] = ofKind('production+gateway-api', 'HTTPRoute') as [KubernetesObject];
  expect(route.spec.rules[0].timeouts).toEqual({ request: '0s', backendRequest: '0s' });
  const hosts = kubernetesEnvironments('production').get('gateway')?.ALLOWED_HOSTS?.split(',') ?? [];
  expect(hosts).toEqual(expect.arrayContaining([...route.spec.hostnames, 'gateway', '10.1.2.3']));
});

describe('the network', () => {
  const rows = () =>
    [...read('docs/deploy.md').matchAll(/^\| ([\w, -]+) \| ([\w./, -]+) \| (\d+) \| (both|local|production) \|/gm)].map(
      ([, from = '', to = '', port = '', where = '']) => ({ from: from.split(', '), to: to.split(', '), port, where }),
    );

  test.each(['local', 'production'])('of %s permits what the table of docs/deploy.md says', (build) => {
    const { arrows, halves, open } = networkArrows(buildManifests(build));
    const wanted = rows()
      .filter(({ where }) => where === 'both' || where === build)
      .flatMap(({ from, port, to }) => from.flatMap((source) => to.map((target) => `${source} → ${target}:${port}`)));
    expect(wanted.length).toBeGreaterThan(15);
    expect({ halves, open }).toEqual({ halves: [], open: [] });
    expect(arrows).toEqual([...new Set(wanted)].sort());
  });

  test.each(['local', 'production'])('of %s leads whoever has a secret to what it opens', (build) => {
    const { arrows } = networkArrows(buildManifests(build));
    for (const [name, environment] of kubernetesEnvironments(build)) {
      const reaches = (port: number) =>
        arrows.some((arrow) => arrow.startsWith(`${name} → `) && arrow.endsWith(`:${port}`));
      expect({ name, nats: reaches(4222), postgres: reaches(5432) }).toEqual({
        ...{ name, nats: environment.NATS_PASSWORD !== undefined, postgres: environment.DATABASE_URL !== undefined },
      });
      const port = build === 'local' ? 8333 : 443;
      expect({ name, store: reaches(port) }).toEqual({ name, store: environment.S3_SECRET_KEY !== undefined });
    }
  });
});
