import { z } from 'zod';
import { type ConfigOf, setting, WordList } from './settings.js';

const mustBeSet = 'must be set, to an address such as nats://host:4222';

/** How every service reaches NATS; `checkNats` judges the settings together. */
export const natsSettings = {
  natsUrls: setting(
    'NATS_URL',
    z.string(mustBeSet).pipe(WordList).pipe(z.array(z.string()).min(1, mustBeSet)),
    'Address of NATS, such as nats://127.0.0.1:4222; several are separated by commas. tls:// insists on TLS. May carry user:password@ or token@, the same in each; must be set',
    { secret: true },
  ),
  natsUser: setting('NATS_USER', z.string().optional(), 'User at NATS, beside NATS_PASSWORD', { secret: true }),
  natsPassword: setting('NATS_PASSWORD', z.string().optional(), 'Password of NATS_USER', { secret: true }),
  natsCreds: setting(
    'NATS_CREDS',
    z.string().optional(),
    'Credentials file of NATS (JWT and seed): its path or its content',
    {
      secret: true,
    },
  ),
  natsNkeySeed: setting(
    'NATS_NKEY_SEED',
    z
      .string()
      .regex(/^SU[A-Z2-7]{56}$/, 'must be the seed of a user, SU and 56 letters and digits')
      .optional(),
    'Seed of the NKey by which NATS knows this service',
    { secret: true },
  ),
  natsTlsCa: setting(
    'NATS_TLS_CA',
    z.string().optional(),
    'Certificates (PEM) of who may vouch for NATS: a path or the content',
    {
      secret: true,
    },
  ),
  natsCa: setting('NATS_CA', z.string().optional(), 'Another name of NATS_TLS_CA', { secret: true }),
  natsTlsCert: setting(
    'NATS_TLS_CERT',
    z.string().optional(),
    'Certificate (PEM) that this service shows to NATS, beside NATS_TLS_KEY: a path or the content',
    { secret: true },
  ),
  natsTlsKey: setting('NATS_TLS_KEY', z.string().optional(), 'Key (PEM) of NATS_TLS_CERT: a path or the content', {
    secret: true,
  }),
};

export type NatsConfig = ConfigOf<typeof natsSettings>;

/** Who a service is to NATS. */
export type NatsCredentials = { kind: 'password'; user: string; password: string } | { kind: 'token'; token: string };

export interface NatsAddresses {
  /** `host:port`, without scheme and credentials. */
  servers: string[];
  isTls: boolean;
  credentials: NatsCredentials | undefined;
}

const notAnAddress = 'NATS_URL: must be addresses such as nats://host:4222 or tls://user:password@host:4222';

/**
 * What is wrong with the settings as a whole, one line each; empty when nothing is. No line carries a value.
 * A connection has one identity, whichever of the servers it is to: so credentials come from one place, and those of several addresses
 * are the same.
 */
export function checkNats(config: Partial<NatsConfig>): string[] {
  const problems: string[] = [];
  const addresses = readAddresses(config.natsUrls ?? []);
  if (typeof addresses === 'string') problems.push(addresses);
  const identities = [
    typeof addresses !== 'string' && addresses.credentials && 'credentials in NATS_URL',
    (config.natsUser || config.natsPassword) && 'NATS_USER',
    config.natsCreds && 'NATS_CREDS',
    config.natsNkeySeed && 'NATS_NKEY_SEED',
  ].filter((name) => typeof name === 'string' && name !== '');
  if (identities.length > 1) problems.push(`${identities.join(', ')}: only one of them may be set`);
  if (Boolean(config.natsUser) !== Boolean(config.natsPassword))
    problems.push('NATS_USER, NATS_PASSWORD: both must be set');
  if (Boolean(config.natsTlsCert) !== Boolean(config.natsTlsKey))
    problems.push('NATS_TLS_CERT, NATS_TLS_KEY: both must be set');
  if (config.natsCa && config.natsTlsCa) problems.push('NATS_CA, NATS_TLS_CA: only one of them may be set');
  return problems;
}

/** The addresses taken apart, or what is wrong with them. */
export function readAddresses(urls: readonly string[]): NatsAddresses | string {
  const addresses = urls.map(readAddress);
  const servers: string[] = [];
  let credentials: NatsCredentials | undefined;
  for (const address of addresses) {
    if (!address) return notAnAddress;
    servers.push(address.server);
    if (!address.credentials) continue;
    if (credentials && JSON.stringify(credentials) !== JSON.stringify(address.credentials)) {
      return 'NATS_URL: all addresses must have the same credentials';
    }
    credentials = address.credentials;
  }
  return { servers, isTls: addresses.some((address) => address?.isTls), credentials };
}

function readAddress(text: string) {
  const [, scheme = 'nats', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(text) ?? [];
  // Of a scheme that the parser knows: others it does not take apart, and the default port of this one is nobody's NATS.
  const url = URL.parse(`http://${rest}`);
  if (!url || !['nats', 'tls'].includes(scheme) || url.pathname !== '/' || url.search || url.hash) return undefined;
  try {
    const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
    const port = url.port || (/:80$/.test(rest) ? '80' : '4222');
    return { server: `${url.hostname}:${port}`, isTls: scheme === 'tls', credentials: credentialsOf(user, password) };
  } catch {
    return undefined;
  }
}

function credentialsOf(user: string, password: string): NatsCredentials | undefined {
  if (password !== '') return { kind: 'password', user, password };
  return user === '' ? undefined : { kind: 'token', token: user };
}
