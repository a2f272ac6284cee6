import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { FilesStream } from '@wharf/contracts';
import {
  buildManifests,
  type KubernetesObject,
  kubernetesEnvironments,
  type Pod,
  podsOf,
  removeBuilt,
} from './deployments/kubernetes.ts';
import { networkArrows } from './deployments/network-arrows.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const ofKind = (build: string, ...kinds: string[]) => buildManifests(build).filter(({ kind }) => kinds.includes(kind));

afterAll(removeBuilt);

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
