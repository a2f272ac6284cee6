import { isIP } from 'node:net';
import {
  ConfigError,
  checkNats,
  type NatsConfig,
  type NatsCredentials,
  pemOrFile,
  readAddresses,
} from '@wharf/service-kit';
import {
  type Authenticator,
  credsAuthenticator,
  nkeyAuthenticator,
  type TlsOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from 'nats';

/** Where NATS is, who we are to it, and how we know that it is the right one. */
export interface NatsAccess {
  servers: readonly string[];
  authenticator?: Authenticator;
  /** Its presence is what makes the client refuse a server without TLS. */
  tls?: TlsOptions;
}

/** Reads the files that settings name. Throws ConfigError, which names the variable and never its value. */
export function natsAccess(config: NatsConfig): NatsAccess {
  const addresses = readAddresses(config.natsUrls);
  const problems = checkNats(config);
  if (typeof addresses === 'string' || problems.length > 0) throw new ConfigError(problems);
  const authenticator = authenticatorOf(config, addresses.credentials);
  const tls = tlsOf(config, addresses);
  return { servers: addresses.servers, ...(authenticator && { authenticator }), ...(tls && { tls }) };
}

function authenticatorOf(config: NatsConfig, ofAddress: NatsCredentials | undefined): Authenticator | undefined {
  const { natsCreds, natsNkeySeed, natsPassword, natsUser } = config;
  if (natsCreds) return credsOf(natsCreds);
  if (natsNkeySeed) return nkeyOf(natsNkeySeed);
  if (natsUser) return usernamePasswordAuthenticator(natsUser, natsPassword);
  if (ofAddress?.kind === 'password') return usernamePasswordAuthenticator(ofAddress.user, ofAddress.password);
  return ofAddress && tokenAuthenticator(ofAddress.token);
}

const proof = 'nonce';

/** Tried once, so that what is no key is told at the start and not at every attempt to connect. */
function credsOf(setting: string): Authenticator {
  const authenticator = credsAuthenticator(new TextEncoder().encode(`${pemOrFile('NATS_CREDS', setting)}\n`));
  return tried('NATS_CREDS', authenticator);
}

function nkeyOf(seed: string): Authenticator {
  return tried('NATS_NKEY_SEED', nkeyAuthenticator(new TextEncoder().encode(seed)));
}

function tried(name: string, authenticator: Authenticator): Authenticator {
  try {
    authenticator(proof);
    return authenticator;
  } catch {
    throw new ConfigError([`${name}: is not valid`]);
  }
}

function tlsOf(config: NatsConfig, { isTls, servers }: { isTls: boolean; servers: string[] }): TlsOptions | undefined {
  const ca = config.natsTlsCa ?? config.natsCa;
  const { natsTlsCert: cert, natsTlsKey: key } = config;
  if (!isTls && !ca && !cert) return undefined;
  const [first = ''] = servers;
  const host = first.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  return {
    ...(ca && { ca: pemOrFile(config.natsTlsCa ? 'NATS_TLS_CA' : 'NATS_CA', ca) }),
    ...(cert && { cert: pemOrFile('NATS_TLS_CERT', cert) }),
    ...(key && { key: pemOrFile('NATS_TLS_KEY', key) }),
    // The client tells TLS the names of servers, and of an address says nothing: TLS would compare the certificate with "localhost".
    ...(servers.length === 1 && isIP(host) && { host }),
  } as TlsOptions;
}
