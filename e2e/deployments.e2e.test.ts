import { afterAll, expect, test } from '@jest/globals';
import { loadConfig, type Setting } from '@wharf/service-kit';
import { readServiceVariables, serviceEnvironment } from '../scripts/start/service-environment.ts';
import { serviceNames } from '../scripts/start/service-process.ts';
import { composeEnvironments } from './deployments/compose.ts';
import { type Environment, kubernetesEnvironments, removeBuilt } from './deployments/kubernetes.ts';
import { type Program, programs, secretNames, services, settingsOf, variablesOf } from './deployments/programs.ts';

afterAll(removeBuilt);

/** What `npm start` gives its services when the caller's environment and the servers it starts have everything that any of them reads. */
async function launcherEnvironments(): Promise<Map<string, Environment>> {
  const declared = await readServiceVariables();
  const callers = { PATH: '/bin', AWS_SECRET_ACCESS_KEY: 'x', PGPASSWORD: 'x', NPM_TOKEN: 'x', PORT: '1' };
  const ours = {
    DATABASE_URL: 'postgresql://wharf:x@127.0.0.1/wharf',
    ...{ S3_ENDPOINT_URL: 'http://127.0.0.1:9000', S3_ACCESS_KEY: 'x', S3_SECRET_KEY: 'x' },
  };
  const names = [...secretNames].filter((name) => !(name in ours));
  const secrets = Object.fromEntries(names.map((name) => [name, name === 'NATS_URL' ? 'nats://x' : 'x']));
  const entries = serviceNames.map((name) => [
    name,
    serviceEnvironment(declared[name], { ...callers, ...secrets }, ours),
  ]);
  return new Map(entries as [string, Environment][]);
}

const deployments: [string, string[], () => Map<string, Environment> | Promise<Map<string, Environment>>][] = [
  ['npm start', Object.keys(services), launcherEnvironments],
  ['docker-compose.yml', Object.keys(programs), () => composeEnvironments()],
  ['deploy/k8s/overlays/local', Object.keys(programs), () => kubernetesEnvironments('local')],
  ['deploy/k8s/overlays/production', Object.keys(programs), () => kubernetesEnvironments('production')],
];

test.each(deployments)(
  '%s gives each service its own secrets, and all that it needs',
  async (deployment, names, read) => {
    const environments = await read();
    expect([...environments.keys()].sort()).toEqual([...names].sort());
    const secretsGiven = new Set(
      [...environments.values()].flatMap((each) => Object.keys(each)).filter((each) => secretNames.has(each)),
    );
    expect([...secretsGiven]).toEqual(expect.arrayContaining(['DATABASE_URL', 'S3_ACCESS_KEY', 'S3_SECRET_KEY']));
    for (const [service, environment] of environments) {
      const { settings, check } = programs[service] as Program;
      const declared = Object.values<Setting<unknown>>(settings).map(({ name }) => name);
      const isSecret = (name: string) => [...secretNames].some((secret) => [secret, `${secret}_FILE`].includes(name));
      const given = Object.keys(environment).filter(isSecret);
      expect({ service, given: given.sort() }).toEqual({
        service,
        given: declared.filter((name) => secretsGiven.has(name)).sort(),
      });
      const inContainer = { HOST: '0.0.0.0', ...environment };
      if (deployment !== 'npm start') expect(() => loadConfig(settings, inContainer, check)).not.toThrow();
    }
  },
);

test.each([
  ['docker-compose.yml', () => composeEnvironments()],
  ['deploy/k8s/overlays/local', () => kubernetesEnvironments('local')],
  ['deploy/k8s/overlays/production', () => kubernetesEnvironments('production')],
])('%s gives each service a NATS user of its own', (_, read) => {
  const environments = [...read()];
  for (const [name, environment] of environments) expect([name, environment.NATS_USER]).toEqual([name, name]);
  const passwords = new Set(environments.map(([, { NATS_PASSWORD }]) => NATS_PASSWORD));
  expect(passwords.size).toBe(environments.length);
});

test.each([
  ['docker-compose.yml', () => composeEnvironments()],
  ['deploy/k8s/overlays/local', () => kubernetesEnvironments('local')],
  ['deploy/k8s/overlays/production', () => kubernetesEnvironments('production')],
])('%s asks who comes, and gives an admin to accounts alone', (_, read) => {
  const environments = read();
  expect(environments.get('gateway')).toMatchObject({ AUTH: 'required' });
  expect(environments.get('accounts')).toMatchObject({ ADMIN_EMAIL: 'admin@example.org' });
  const holders = [...environments].filter(([, { ADMIN_PASSWORD }]) => ADMIN_PASSWORD !== undefined);
  expect(holders.map(([name]) => name)).toEqual(['accounts']);
});

test('npm start gives a service nothing of the caller that is neither declared by it nor harmless', () => {
  const callers = {
    ...{ PATH: '/bin', HOME: '/', TZ: 'UTC', LANG: 'C', NODE_OPTIONS: '--x', HEALTH_PORT: '1' },
    ...{
      AWS_SECRET_ACCESS_KEY: 'x',
      SSH_AUTH_SOCK: 'x',
      DATABASE_URL: 'x',
      S3_SECRET_KEY_FILE: '/x',
      S3_ACCESS_KEY_FILE: '/x',
    },
  };
  const declared = [
    'PORT',
    'S3_SECRET_KEY',
    'S3_SECRET_KEY_FILE',
    'S3_ACCESS_KEY',
    'S3_ACCESS_KEY_FILE',
    'HEALTH_PORT',
  ];
  const { PATH, HOME, TZ, LANG, NODE_OPTIONS } = callers;
  expect(serviceEnvironment(declared, callers, { PORT: '80', S3_ACCESS_KEY: 'ours', DATABASE_URL: 'ours' })).toEqual({
    ...{ PATH, HOME, TZ, LANG, NODE_OPTIONS },
    // The file of the caller's key would win over ours.
    ...{ PORT: '80', S3_ACCESS_KEY: 'ours', S3_SECRET_KEY_FILE: '/x' },
  });
});

test('the launcher asks the services for what they declare', async () => {
  const declared = Object.keys(services).map((name) => [name, settingsOf(name).flatMap(variablesOf)]);
  expect(await readServiceVariables()).toEqual(Object.fromEntries(declared));
});
