import { expect, test } from '@jest/globals';
import { accountsSettings, checkAccounts } from '@wharf/accounts/config';
import { cloudSyncSettings } from '@wharf/cloud-sync/config';
import { checkGateway, gatewaySettings } from '@wharf/gateway/config';
import { checkJanitor, janitorSettings } from '@wharf/janitor/config';
import { metadataSettings } from '@wharf/metadata/config';
import { checkObjectStore } from '@wharf/object-store';
import { type ConfigCheck, loadConfig, type Setting, type Settings } from '@wharf/service-kit';
import { passwordVariables, readBusUsers } from '../scripts/servers/bus-access.ts';
import { readServiceVariables, serviceEnvironment } from '../scripts/start/service-environment.ts';
import { serviceNames } from '../scripts/start/service-process.ts';
import {
  composeEnvironments,
  composeNatsEnvironment,
  composeRequired,
  type Environment,
  kubernetesEnvironments,
  kubernetesSecrets,
  makeComposeEnv,
  podSpecs,
} from './deployments.ts';

interface Program {
  settings: Settings;
  check?: ConfigCheck<Settings>;
}

const services: Record<string, Program> = {
  gateway: { settings: gatewaySettings, check: checkGateway },
  metadata: { settings: metadataSettings },
  accounts: { settings: accountsSettings, check: checkAccounts },
  'cloud-sync': { settings: cloudSyncSettings, check: checkObjectStore },
  janitor: { settings: janitorSettings, check: checkJanitor },
};
const programs: Record<string, Program> = {
  ...services,
  // Audits as the janitor does, and saves and restores what is metadata's.
  wharf: { settings: { ...metadataSettings, ...janitorSettings }, check: checkJanitor },
};
const everySetting = Object.values(programs).flatMap(({ settings }) => Object.values<Setting<unknown>>(settings));
const secretNames = new Set(everySetting.filter(({ secret }) => secret).map(({ name }) => name));
const withFile = (name: string) => [name, `${name}_FILE`];

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
  ['docker-compose.yml', Object.keys(programs), composeEnvironments],
  ['deploy/k8s', Object.keys(programs), kubernetesEnvironments],
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
      const isSecret = (name: string) => [...secretNames].some((secret) => withFile(secret).includes(name));
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
  ['docker-compose.yml', composeEnvironments],
  ['deploy/k8s', kubernetesEnvironments],
])('%s gives each service a NATS user of its own', (_, read) => {
  const environments = [...read()];
  for (const [name, environment] of environments) expect([name, environment.NATS_USER]).toEqual([name, name]);
  const passwords = new Set(environments.map(([, { NATS_PASSWORD }]) => NATS_PASSWORD));
  expect(passwords.size).toBe(environments.length);
});

test('the NATS of docker-compose.yml knows the password of everybody who is in its configuration', () => {
  const given = composeNatsEnvironment();
  const variables = passwordVariables(readBusUsers() as string);
  expect(Object.keys(given).sort()).toEqual([...variables.values()].sort());
  for (const [name, { NATS_PASSWORD }] of composeEnvironments())
    expect(given[variables.get(name) as string]).toBe(NATS_PASSWORD);
});

test('no password has a default in docker-compose.yml, and deploy/compose-env.sh makes all of them', () => {
  const [made, again] = [makeComposeEnv(), makeComposeEnv()];
  expect(Object.keys(made).sort()).toEqual([...composeRequired()].sort());
  const passwords = Object.entries(made).filter(([name]) => /PASSWORD|SECRET/.test(name));
  expect(passwords.length).toBeGreaterThan(9);
  expect(new Set(passwords.map(([, value]) => value)).size).toBe(passwords.length);
  for (const [name, value] of passwords) {
    expect([name, value]).toEqual([name, expect.stringMatching(/^w[0-9a-f]{40}$/)]);
    expect(again[name]).not.toBe(value);
  }
});

test('in Kubernetes nothing starts with a password that is in the repository', () => {
  const { examples, inBase } = kubernetesSecrets();
  expect(inBase).toEqual([]);
  for (const [name, content] of examples) {
    const given = Object.entries(content).filter(([key]) => key !== 'NATS_USER');
    expect([name, given.map(([, value]) => value)]).toEqual([name, given.map(() => '')]);
  }
});

test.each([
  ['docker-compose.yml', composeEnvironments],
  ['deploy/k8s', kubernetesEnvironments],
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
  const declared = Object.entries(services).map(([name, { settings }]) => {
    const variables = Object.values<Setting<unknown>>(settings).flatMap(({ name: variable, secret }) =>
      secret ? withFile(variable) : [variable],
    );
    return [name, variables];
  });
  expect(await readServiceVariables()).toEqual(Object.fromEntries(declared));
});

test('no pod of Kubernetes has rights that it does not need', () => {
  const pods = podSpecs();
  expect(pods).toHaveLength(6);
  for (const { automountServiceAccountToken, containers, securityContext } of pods) {
    expect(automountServiceAccountToken).toBe(false);
    expect(securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    for (const each of containers) {
      expect(each.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
    }
  }
});
