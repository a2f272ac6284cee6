import type { Environment } from '@wharf/service-kit/load-config';
import { type Command, InvalidArgumentError } from 'commander';
import { type GatewayFlags, say, withExamples } from './gateway-command.js';
import { askLine, askPassword } from './read-password.js';
import { UsageError } from './run-program.js';

interface LoginFlags extends GatewayFlags {
  url?: string;
  email?: string;
  passwordStdin?: boolean;
}

/** `wharf login | logout`. */
export function addLoginCommands(program: Command, environment: Environment): void {
  const login = program
    .command('login')
    .description('Logs in, and keeps the session for the other commands, in a file that only you may read')
    .option('--url <address>', 'of the gateway; WHARF_URL, or what npm start runs here, unless given', parseUrl)
    .option('--email <address>', 'of the user')
    .option('--password-stdin', 'the password is the first line of standard input')
    .option('--profile <name>', 'keeps it beside other logins, under this name')
    .option('--json', 'for programs: one JSON object')
    .action((flags: LoginFlags) => logIn(environment, flags));
  withExamples(
    login,
    'wharf login --url https://files.example.org --email ann@example.org',
    'wharf login --profile work --password-stdin < password.txt',
  );
  const logout = program
    .command('logout')
    .description('Ends the session, at the gateway too')
    .option('--profile <name>', 'the login to end, of those of wharf login --profile')
    .option('--json', 'for programs: one JSON object')
    .action((flags: GatewayFlags) => logOut(environment, flags));
  withExamples(logout, 'wharf logout --profile work');
}

async function logIn(environment: Environment, flags: LoginFlags): Promise<void> {
  const { WharfClient, profileOf, profiles, urlOf, name } = await load(environment, flags);
  const url = flags.url ?? urlOf();
  const email = flags.email ?? (await askLine('E-mail: '));
  const password = await askPassword({ isPiped: flags.passwordStdin === true });
  const client = new WharfClient({ url, credentials: { headers: () => ({}), renew: () => Promise.resolve(false) } });
  const login = await client.auth.login({ email, password });
  await profiles.write(name, profileOf(url, login));
  const { id, role } = login.user;
  say(flags.json ? JSON.stringify({ profile: name, url, id, email, role }) : `${email} is logged in at ${url}`);
}

async function logOut(environment: Environment, flags: GatewayFlags): Promise<void> {
  const { WharfClient, profiles, name } = await load(environment, flags);
  const profile = await profiles.read(name);
  if (!profile) throw new UsageError(`nobody is logged in${name === 'default' ? '' : ` as ${name}`}`);
  const { email, refresh_token: refreshToken, url } = profile;
  await new WharfClient({ url }).auth.logout({ refreshToken });
  await profiles.remove(name);
  say(flags.json ? JSON.stringify({ profile: name, url, email }) : `${email} is logged out`);
}

async function load(environment: Environment, flags: GatewayFlags) {
  const [{ WharfClient }, { profileOf }, { Profiles, usualProfile }, { configFolder }, { readAccess, usualUrl }] =
    await Promise.all([
      import('@wharf/client'),
      import('./http/kept-session.js'),
      import('./http/profiles.js'),
      import('./http/user-folders.js'),
      import('./http/variables.js'),
    ]);
  const { readLocalSystem } = await import('./local-system.js');
  const access = readAccess(environment);
  return {
    ...{ WharfClient, profileOf, profiles: new Profiles(configFolder(environment)) },
    name: flags.profile ?? access.profile ?? usualProfile,
    urlOf: () => access.url ?? readLocalSystem(environment)?.WHARF_URL ?? usualUrl,
  };
}

function parseUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('An address is such as https://files.example.org.');
  }
  return url.href.replace(/\/$/, '');
}
