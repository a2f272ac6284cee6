import { type BusAccess, passwordVariables, readBusUsers } from './bus-access.ts';
import { type NatsOptions, type NatsServer, startNats } from './nats.ts';

/**
 * A NATS for tests, closed as it is everywhere. Its address is that of the user `operator`, who may do everything and is on no other NATS than
 * that of tests: `asBusUser` makes a service's of it. Its users are those of the checkout `root`, or of the configuration `users`.
 */
export async function startTestNats(
  options: Omit<NatsOptions, 'access'> & { root?: string | undefined; users?: string },
): Promise<NatsServer> {
  const access = accessForTests(options.users ?? readBusUsers(options.root));
  const server = await startNats({ ...options, access });
  return { ...server, url: asBusUser(server.url, 'operator') };
}

/** The same addresses of a NATS of tests with the credentials of another user: a service's, or `operator`'s, who may do everything. */
export function asBusUser(urls: string, user: string): string {
  const credentials = `${user}:${passwordOf(user)}`;
  return urls
    .split(',')
    .map((url) => `nats://${credentials}@${url.replace(/^\w+:\/\//, '').replace(/^.*@/, '')}`)
    .join(',');
}

/** A NATS of tests listens on loopback alone, and several of a cluster have the same users. */
function passwordOf(user: string): string {
  return `${user.replaceAll('-', '')}password`;
}

/** A checkout may have no users: its services know nothing of them then. */
function accessForTests(config: string | undefined): BusAccess | undefined {
  if (config === undefined) return undefined;
  // The first account is Wharf's. A dollar stands for itself where it is doubled.
  const withOperator = config.replace('users: [', 'users: [\n{ user: operator\n password: $$NATS_OPERATOR_PASSWORD }');
  const users = [...passwordVariables(withOperator).keys()];
  return { config: withOperator, passwords: Object.fromEntries(users.map((user) => [user, passwordOf(user)])) };
}

/**
 * What the plain client of NATS, which reads no credentials in addresses, takes to connect there. It asks as the command line does, whose inbox
 * services answer.
 */
export function clientOptions(urls: string) {
  const addresses = urls.split(',').map((url) => new URL(url));
  const [{ password, username } = new URL('nats://')] = addresses;
  const credentials = username ? { user: username, pass: decodeURIComponent(password) } : {};
  const inboxPrefix = `_INBOX.${inboxOwner(username)}`;
  // A server beside many tests may take longer than the client waits by itself.
  return { servers: addresses.map(({ host }) => host), ...credentials, inboxPrefix, timeout: 60_000 };
}

function inboxOwner(user: string): string {
  return user === '' || user === 'operator' ? 'wharf' : user;
}
