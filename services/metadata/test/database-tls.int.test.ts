import { chmodSync, chownSync, cpSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { HealthReport } from '@wharf/contracts';
import { eventually, type FreshFolder, freshDatabase, freshFolder } from '@wharf/test-kit';
import pg from 'pg';
import { type Certificates, makeCertificates } from '../../../libs/test-kit/test/certificates.ts';
import { type PostgresServer, startPostgres } from '../../../scripts/servers/postgres.ts';
import { isRoot, unprivilegedUser } from '../../../scripts/servers/unprivileged.ts';
import { World } from './world.js';

let folder: FreshFolder;
let postgres: PostgresServer;
let database: Awaited<ReturnType<typeof freshDatabase>>;
let own: Certificates;
let others: Certificates;
let world: World;

beforeAll(async () => {
  folder = await freshFolder('database-tls');
  chmodSync(folder.path, 0o711);
  own = makeCertificates(path.join(folder.path, 'own'), 'DNS:localhost');
  others = makeCertificates(path.join(folder.path, 'others'), 'DNS:localhost');
  postgres = await startPostgres({
    dir: path.join(folder.path, 'postgres'),
    log: () => {},
    runDir: process.env.WHARF_TEST_RUN_DIR,
    isDurable: false,
    settings: ['ssl=on', `ssl_cert_file=${readable(own.certificate)}`, `ssl_key_file=${readable(own.key)}`],
  });
  database = await freshDatabase({ adminUrl: postgres.adminUrl });
  world = await World.open({ databaseUrl: database.url });
});

afterEach(() => world.reset());

afterAll(async () => {
  await world.close();
  await database.drop();
  await postgres.stop();
  await folder.remove();
});

/** A copy for whom PostgreSQL runs as. */
function readable(file: string): string {
  const copy = path.join(folder.path, path.basename(file));
  cpSync(file, copy);
  chmodSync(copy, 0o600);
  const { gid, uid } = isRoot() ? unprivilegedUser() : { uid: -1, gid: -1 };
  if (uid !== -1) chownSync(copy, uid, gid);
  return copy;
}

/** As an operator writes it: by name, with the CA that vouches for the server. */
function addressTrusting({ ca }: Certificates): string {
  const url = new URL(database.url);
  url.hostname = 'localhost';
  url.searchParams.set('sslmode', 'verify-full');
  url.searchParams.set('sslrootcert', ca);
  return url.href;
}

test('PostgreSQL is reached over TLS, by our own CA', async () => {
  await world.start({ DATABASE_URL: addressTrusting(own) });
  const rows = await world.query<{ ssl: boolean; count: string }>(
    `select ssl, count(*) from pg_stat_ssl join pg_stat_activity using (pid)
      where application_name = 'wharf-metadata' and pid <> pg_backend_pid() group by ssl`,
  );
  expect(rows.find(({ ssl }) => ssl)).toBeDefined();
  const uid = await world.storeFile();
  expect(await world.getFile(uid)).toMatchObject({ status: 'stored' });
});

async function psql(statement: string): Promise<void> {
  const client = new pg.Client(postgres.adminUrl);
  await client.connect();
  await client.query(statement);
  await client.end();
}

/** What readiness says of PostgreSQL, once it says why there is no connection. */
async function refusalOf(databaseUrl: string): Promise<string | undefined> {
  const service = await world.start({ DATABASE_URL: databaseUrl }, { untilReady: false });
  return eventually(async () => {
    const answer = await fetch(`${service.url}/health/ready`);
    expect(answer.status).toBe(503);
    const { postgres } = ((await answer.json()) as HealthReport).checks;
    expect(postgres).toMatchObject({ status: 'unavailable', detail: expect.not.stringMatching('schema') });
    return postgres?.detail;
  });
}

test('a PostgreSQL whose certificate is by another CA is refused, and readiness says why', async () => {
  expect(await refusalOf(addressTrusting(others))).toBe(
    'the certificate of PostgreSQL is by nobody whom this service trusts (sslrootcert in DATABASE_URL)',
  );
});

test('a PostgreSQL without TLS is refused where it is asked for, and readiness says why', async () => {
  const plain = await freshDatabase();
  try {
    expect(await refusalOf(`${plain.url}?sslmode=verify-full`)).toBe(
      'PostgreSQL has no TLS, and DATABASE_URL asks for it (sslmode)',
    );
  } finally {
    await plain.drop();
  }
});

test('a PostgreSQL whose certificate is for another host is refused, and readiness says why', async () => {
  const elsewhere = makeCertificates(path.join(folder.path, 'elsewhere'), 'DNS:elsewhere.example.org');
  for (const file of [elsewhere.certificate, elsewhere.key]) readable(file);
  await psql('select pg_reload_conf()');
  await eventually(async () => {
    expect(await refusalOf(addressTrusting(elsewhere))).toBe(
      'the certificate of PostgreSQL is not for the host in DATABASE_URL',
    );
  });
});
