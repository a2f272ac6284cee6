import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { bearer, type Credentials, WharfClient } from '@wharf/client';
import { FolderUploadStore } from '@wharf/client/node';
import type { Environment } from '@wharf/service-kit/load-config';
import { readLocalSystem } from '../local-system.js';
import { UsageError } from '../run-program.js';
import { KeptSession } from './kept-session.js';
import { Profiles, usualProfile } from './profiles.js';
import { configFolder, stateFolder } from './user-folders.js';
import { readAccess, usualUrl } from './variables.js';

export interface Gateway {
  client: WharfClient;
  url: string;
  /** Uploads of this user that are not complete. */
  store: FolderUploadStore;
}

/** A gateway that is away for so long will not come back while somebody waits. */
const patienceMs = 120_000;

/**
 * The gateway that a command means, and who its user is there: the variables count, then the profile, then what `npm start` of this checkout runs.
 * The token is no option of a command: the list of processes would show it.
 */
export async function openGateway(environment: Environment, flags: { profile?: string } = {}): Promise<Gateway> {
  const { url, credentials } = await findAccess(environment, flags.profile);
  const client: WharfClient = new WharfClient({
    url,
    patienceMs,
    credentials: credentials((opened) => opened(client)),
  });
  return { client, url, store: new FolderUploadStore(`${stateFolder(environment)}/uploads`) };
}

/** A session asks the gateway that it is for. */
type WithClient = <Result>(use: (client: WharfClient) => Result) => Result;

interface Access {
  url: string;
  credentials(withClient: WithClient): Credentials;
}

const none: Credentials = { headers: () => ({}), renew: () => Promise.resolve(false) };

async function findAccess(environment: Environment, named: string | undefined): Promise<Access> {
  const config = readAccess(environment);
  const profiles = new Profiles(configFolder(environment));
  const name = named ?? config.profile;
  const local = readLocalSystem(environment);
  const profile = await profiles.read(name ?? usualProfile);
  if (name !== undefined && !profile)
    throw new UsageError(`there is no profile ${name}: wharf login --profile ${name}`);
  const givenUrl = config.url;
  const isMeant = named !== undefined || givenUrl === undefined || isSame(givenUrl, profile?.url);
  const url = (isMeant && profile?.url) || givenUrl || local?.WHARF_URL || usualUrl;
  const { token } = config;
  if (named === undefined && token !== undefined) return { url: givenUrl ?? url, credentials: () => bearer(token) };
  if (isMeant && profile) {
    const kept = { profiles, name: name ?? usualProfile, url };
    return { url, credentials: (withClient) => sessionOf(kept, withClient) };
  }
  if (!local || !isSame(url, local.WHARF_URL)) return { url, credentials: () => none };
  const kept = { profiles, name: `local-${createHash('sha256').update(url).digest('hex').slice(0, 12)}`, url };
  return { url, credentials: (withClient) => sessionOf(kept, withClient, local) };
}

type Kept = Pick<ConstructorParameters<typeof KeptSession>[0], 'profiles' | 'name' | 'url'>;

function sessionOf(kept: Kept, withClient: WithClient, local: Environment = {}): KeptSession {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD_FILE: file } = local;
  return new KeptSession({
    ...kept,
    refresh: (refreshToken) => withClient(({ auth }) => auth.refresh({ refreshToken })),
    logIn:
      email && file
        ? async () => {
            const password = (await readFile(file, 'utf8')).trimEnd();
            return withClient(({ auth }) => auth.login({ email, password }));
          }
        : undefined,
  });
}

function isSame(one: string, other: string | undefined): boolean {
  return other !== undefined && new URL(one).href === new URL(other).href;
}
