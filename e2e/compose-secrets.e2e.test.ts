import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { eventually, freshFolder } from '@wharf/test-kit';
import { connect } from 'nats';
import { passwordVariables, readBusUsers } from '../scripts/servers/bus-access.ts';
import { pickFreePort } from '../scripts/servers/free-port.ts';
import { composeRequired, makeComposeFiles, ownServices, readCompose } from './deployments/compose.ts';

const root = path.resolve(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const env = makeComposeFiles().env;
const started = readCompose(env);
/** Of any characters, quotes among them. */
const awkward = `p@ss/w#rd?1 "quoted' \\ $HOME %41`;

describe('secrets', () => {
  test('are files: none has a default, none is in .env, and deploy/compose-env.sh makes all of them', () => {
    const [made, again] = [makeComposeFiles(), makeComposeFiles()];
    expect(Object.keys(made.env)).toEqual(['ADMIN_EMAIL']);
    expect([...new Set(composeRequired())]).toEqual(['ADMIN_EMAIL']);
    const passwords = Object.entries(made.secrets).filter(([name]) => name !== 'database_url');
    expect(passwords.length).toBeGreaterThan(9);
    expect(new Set(passwords.map(([, value]) => value)).size).toBe(passwords.length);
    for (const [name, value] of passwords) {
      expect([name, value]).toEqual([name, expect.stringMatching(/^w[0-9a-f]{40}$/)]);
      expect(again.secrets[name]).not.toBe(value);
    }
  });

  test('are given to who declares them, and to the servers that know them', () => {
    for (const [name, { environment = {}, secrets = [] }] of ownServices(started)) {
      const files = Object.values(environment).filter((value) => String(value).startsWith('/run/secrets/'));
      expect([name, files.map((file) => path.basename(String(file))).sort()]).toEqual([name, [...secrets].sort()]);
    }
    const variables = [...passwordVariables(readBusUsers() as string).values()];
    expect(started.services.nats?.secrets?.map((name) => name.toUpperCase()).sort()).toEqual(variables.sort());
  });

  test('of any characters stay what they are in the address of the database', () => {
    const { secrets } = makeComposeFiles({ POSTGRES_PASSWORD: awkward });
    expect(secrets.postgres_password).toBe(awkward);
    const url = new URL(secrets.database_url as string);
    expect(decodeURIComponent(url.password)).toBe(awkward);
    expect([url.username, url.host, url.pathname]).toEqual(['wharf', 'postgres:5432', '/wharf']);
  });

  test('of any characters are what nats-server asks for', async () => {
    const { secrets } = makeComposeFiles({ NATS_GATEWAY_PASSWORD: awkward });
    const folder = await freshFolder('compose-nats');
    mkdirSync(path.join(folder.path, 'secrets'));
    for (const name of started.services.nats?.secrets ?? [])
      writeFileSync(path.join(folder.path, 'secrets', name), secrets[name] as string);
    const port = await pickFreePort();
    // Older servers do not know sync_interval.
    const config = started.configs.nats?.content
      ?.replace(/http: .*|, sync_interval: always/g, '')
      .replace('/data', folder.path);
    writeFileSync(path.join(folder.path, 'nats.conf'), `port: ${port}\n${config}`);
    writeFileSync(path.join(folder.path, 'wharf-nats-users.conf'), read('deploy/nats/users.conf'));
    const script = String(started.services.nats?.command?.[0])
      .replaceAll('/run/secrets', path.join(folder.path, 'secrets'))
      .replace('/etc/wharf-nats.conf', path.join(folder.path, 'nats.conf'));
    const server = spawn('/bin/sh', ['-euc', script], {
      env: { PATH: `${process.env.PATH}:/usr/sbin` },
      stdio: 'ignore',
    });
    try {
      const servers = `127.0.0.1:${port}`;
      const connection = await eventually(() =>
        connect({ servers, user: 'gateway', pass: awkward, maxReconnectAttempts: 0 }),
      );
      await connection.close();
      await expect(connect({ servers, user: 'gateway', pass: 'p@ss', maxReconnectAttempts: 0 })).rejects.toThrow(
        /AUTH/i,
      );
    } finally {
      server.kill();
      await new Promise((resolve) => server.once('exit', resolve));
      await folder.remove();
    }
  });

  test('of any characters are in the JSON that SeaweedFS reads', async () => {
    const folder = await freshFolder('compose-s3');
    for (const [name, value] of [
      ['s3_access_key', 'wharf'],
      ['s3_secret_key', awkward],
    ] as const)
      writeFileSync(path.join(folder.path, name), value);
    const script = String(started.services.s3?.command?.[0])
      .replaceAll('/run/secrets', folder.path)
      .replaceAll('/tmp/s3.json', path.join(folder.path, 's3.json'))
      .replace(/exec weed .*/, '');
    execFileSync('/bin/sh', ['-euc', script]);
    const { identities } = JSON.parse(readFileSync(path.join(folder.path, 's3.json'), 'utf8'));
    expect(identities[0].credentials).toEqual([{ accessKey: 'wharf', secretKey: awkward }]);
    await folder.remove();
  });
});
