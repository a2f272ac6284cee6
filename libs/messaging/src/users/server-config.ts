import { busUsers } from './bus-users.js';
import { consumersOf } from './integrators.js';
import { accountInfo, acksOf, consumerInfoOf, pullsOf } from './jetstream-subjects.js';
import { openSubjects, type Permissions, permissionsOf, permissionsOfIntegrator } from './permissions.js';

/** The account of Wharf's services. */
const ownAccount = 'WHARF';

/** The variable of nats-server's environment with a user's password. */
function passwordVariable(user: string): string {
  return `NATS_${variableOf(user)}_PASSWORD`;
}

/**
 * The part of nats-server's configuration that says who may what, for nats-server 2.9 and later. Integrators have an account each, in which
 * nothing but their own consumers can be reached: what a consumer delivers goes to whatever subject its reader names, past all permissions of
 * the reader, and within Wharf's account that could be any service's, or JetStream's own.
 */
export function serverConfig(integrators: readonly string[]): string {
  const own = [
    'jetstream: enabled',
    ...block('users: [', ...busUsers.flatMap((user) => userOf(user.name, permissionsOf(user, integrators))), ']'),
    ...block('exports: [', ...exportsToAll(integrators), ...integrators.flatMap(exportsTo), ']'),
  ];
  return [
    ...block('accounts {', ...block(`${ownAccount} {`, ...own, '}'), ...integrators.flatMap(accountOf), '}'),
    '',
  ].join('\n');
}

function accountOf(integrator: string): string[] {
  const streams = openSubjects.map((subject) => `{ stream: { account: ${ownAccount}, subject: "${subject}" } }`);
  const services = [...requests(integrator), ...pulls(integrator)].map(
    (subject) => `{ service: { account: ${ownAccount}, subject: "${subject}" } }`,
  );
  return block(
    `${variableOf(integrator)} {`,
    ...block('users: [', ...userOf(integrator, permissionsOfIntegrator(integrator)), ']'),
    ...block('imports: [', ...streams, ...services, ']'),
    '}',
  );
}

function exportsToAll(integrators: readonly string[]): string[] {
  const accounts = `accounts: [${integrators.map(variableOf).join(', ')}]`;
  return [
    ...openSubjects.map((subject) => `{ stream: "${subject}", ${accounts} }`),
    `{ service: "${accountInfo}", ${accounts} }`,
  ];
}

function exportsTo(integrator: string): string[] {
  const only = `accounts: [${variableOf(integrator)}]`;
  return [
    ...consumerRequests(integrator).map((subject) => `{ service: "${subject}", ${only} }`),
    ...pulls(integrator).map((subject) => `{ service: "${subject}", response: stream, ${only} }`),
  ];
}

/**
 * With the information of Wharf's account: into one that would have none of its own, the server puts an answer to every request of JetStream, that
 * it has none, and that one comes first.
 */
const requests = (integrator: string) => [accountInfo, ...consumerRequests(integrator)];
const consumerRequests = (integrator: string) =>
  consumersOf(integrator).flatMap((consumer) => [consumerInfoOf(consumer), ...acksOf(consumer)]);
const pulls = (integrator: string) => consumersOf(integrator).map(pullsOf);

function userOf(name: string, { publish, subscribe }: Permissions): string[] {
  const allowed = (subjects: string[]) => block('allow: [', ...subjects.map((subject) => `"${subject}"`), ']');
  return block(
    '{',
    `user: ${name}`,
    `password: $${passwordVariable(name)}`,
    ...block(
      'permissions {',
      ...block('publish {', ...allowed(publish), '}'),
      ...block('subscribe {', ...allowed(subscribe), '}'),
      '}',
    ),
    '}',
  );
}

function block(opening: string, ...linesAndClosing: string[]): string[] {
  const closing = linesAndClosing.pop() ?? '';
  return [opening, ...linesAndClosing.map((line) => `  ${line}`), closing];
}

function variableOf(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}
