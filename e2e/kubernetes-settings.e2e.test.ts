import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import {
  buildManifests,
  environmentOf,
  type KubernetesObject,
  kubernetesEnvironments,
  type Pod,
  podsOf,
  readExample,
  removeBuilt,
} from './deployments/kubernetes.ts';
import { everySetting, programs, settingsOf, variablesOf } from './deployments/programs.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const ofKind = (build: string, ...kinds: string[]) => buildManifests(build).filter(({ kind }) => kinds.includes(kind));
const isOwn = ({ kind, name }: Pod) => kind === 'Deployment' || name.startsWith('wharf');

afterAll(removeBuilt);

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
