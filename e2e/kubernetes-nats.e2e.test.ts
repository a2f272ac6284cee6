import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually, type FreshFolder, freshFolder } from '@wharf/test-kit';
import { connect } from 'nats';
import { type RunningProcess, serverEnvironment, startProcess } from '../scripts/servers/child-process.ts';
import { findExecutable } from '../scripts/servers/find-executable.ts';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import {
  buildManifests,
  type Environment,
  environmentOf,
  type KubernetesObject,
  podsOf,
  readExample,
  removeBuilt,
} from './deployments/kubernetes.ts';

/** The three nats-servers of overlays/production, with exactly their configuration and environment, on one machine. */
const objects = buildManifests('production');
const [set] = objects.filter(({ kind }) => kind === 'StatefulSet') as [KubernetesObject];
const [config] = objects.filter(({ data }) => data?.['nats.conf']) as [KubernetesObject];
const [pod] = podsOf(objects).filter(({ kind }) => kind === 'StatefulSet');
const environment = environmentOf(pod?.spec.containers[0] as never, objects, readExample('secrets.yaml'));

interface Server {
  client: number;
  monitor: number;
  cluster: number;
}

const servers: Server[] = [];
const running: RunningProcess[] = [];
let folder: FreshFolder;

beforeAll(async () => {
  folder = await freshFolder('kubernetes-nats');
  for (let index = 0; index < set.spec.replicas; index++)
    servers.push({ client: await pickFreePort(), monitor: await pickFreePort(), cluster: await pickFreePort() });
  for (const index of servers.keys()) running.push(await start(index, place(index, environment)));
});

afterAll(async () => {
  for (const server of running) await server.stop();
  await folder?.remove();
  removeBuilt();
});

/** The environment of a pod, with the names of pods as places on this machine. */
function place(index: number, given: Environment): Environment {
  const names = Object.entries(given).map(([name, value]) => [
    name,
    value.replace(/nats-(\d)\.nats-headless:6222/, (_all, other) => `127.0.0.1:${servers[Number(other)]?.cluster}`),
  ]);
  return { ...Object.fromEntries(names), POD_NAME: `nats-${index}` };
}

async function start(index: number, env: Environment, ports = servers[index] as Server): Promise<RunningProcess> {
  const dir = path.join(folder.path, `${index}-${ports.client}`);
  mkdirSync(dir);
  const text = String(config.data?.['nats.conf'])
    .replace('port: 4222', `port: ${ports.client}`)
    .replace('http_port: 8222', `http_port: ${ports.monitor}`)
    .replace('port: 6222', `port: ${ports.cluster}`)
    .replace('/var/run/nats', dir)
    .replace('/data', dir);
  writeFileSync(path.join(dir, 'nats.conf'), text);
  writeFileSync(path.join(dir, 'users.conf'), String(config.data?.['users.conf']));
  return startProcess({
    name: `nats-${index}`,
    command: findExecutable('nats-server') as string,
    args: ['--config', path.join(dir, 'nats.conf')],
    env: { ...serverEnvironment(), ...env },
    log: () => undefined,
  });
}

async function ask(port: number, question: string) {
  // biome-ignore lint/suspicious/noExplicitAny: what nats-server says of itself.
  return (await (await fetch(`http://127.0.0.1:${port}/${question}`)).json()) as any;
}

test('they find each other, by names that KEDA can ask for', async () => {
  for (const [index, { monitor }] of servers.entries()) {
    await eventually(async () => {
      const { meta_cluster: cluster } = await ask(monitor, 'jsz');
      expect(cluster).toMatchObject({ name: 'wharf', cluster_size: 3, leader: expect.stringMatching(/^nats-\d$/) });
    });
    const { connect_urls: advertised, server_name: name } = await ask(monitor, 'varz');
    // Not told to clients: KEDA takes the names of the servers then, and puts the headless Service behind them.
    expect({ advertised, name }).toEqual({ advertised: undefined, name: `nats-${index}` });
  }
});

test('a service comes in with the password of its Secret, to any of them, and with no other', async () => {
  for (const { client } of servers) {
    const connection = await connect({
      port: client,
      user: 'gateway',
      pass: environment.NATS_GATEWAY_PASSWORD as string,
    });
    await connection.close();
  }
  const wrong = {
    port: servers[0]?.client as number,
    user: 'gateway',
    pass: environment.NATS_METADATA_PASSWORD as string,
  };
  await expect(connect({ ...wrong, maxReconnectAttempts: 0 })).rejects.toThrow(/authorization/i);
});

test('a server without the password of the cluster gets in nowhere', async () => {
  const ports = { client: await pickFreePort(), monitor: await pickFreePort(), cluster: await pickFreePort() };
  const password = environment.NATS_CLUSTER_PASSWORD as string;
  const guessed = Object.entries(place(3, environment)).map(([name, value]) => [
    name,
    value.replace(password, 'guessed'),
  ]);
  const stranger = await start(3, Object.fromEntries(guessed), ports);
  running.push(stranger);
  await eventually(() => expect(stranger.lastLines()).toMatch(/Authorization Violation|authentication error/i));
  expect((await ask(ports.monitor, 'routez')).routes ?? []).toEqual([]);
});
