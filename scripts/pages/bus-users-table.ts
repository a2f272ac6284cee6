import { rpcs } from '@wharf/contracts';
import { type BusUser, busUsers } from '@wharf/messaging/users';

const header = ['user', 'publishes', 'requests', 'consumes', 'hears', 'key buckets', 'beside that'];

/** Who may what on the bus, for docs/operations.md. */
export function busUsersTable(): string {
  return [header, header.map(() => '---'), ...busUsers.map(rowOf)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function rowOf(user: BusUser): string[] {
  const { consumes, emits, hears = [], name, notifies = [] } = user;
  return [
    name,
    listOf([...emits.map(({ type }) => type), ...notifies, ...(consumes.length > 0 ? [`dead.${name}.>`] : [])]),
    listOf(callsOf(user)),
    listOf(consumes.map(({ type }) => type)),
    listOf([...(user.answers ? [`${user.answers}.>`] : []), ...hears]),
    listOf(user.buckets ?? []),
    besides(user).join('; '),
  ];
}

/** `metadata.files.*` where a user makes all requests that begin so. */
function callsOf({ calls }: BusUser): string[] {
  const beginnings = new Set(rpcs.flatMap(({ subject }) => ends(subject)));
  const whole = [...beginnings].filter((beginning) => under(beginning).every((rpc) => calls.includes(rpc)));
  const names = calls.map(({ subject }) => whole.filter((each) => subject.startsWith(`${each}.`)).sort()[0] ?? subject);
  return [...new Set(names)].map((name) => (whole.includes(name) ? `${name}.*` : name));
}

const under = (beginning: string) => rpcs.filter(({ subject }) => subject.startsWith(`${beginning}.`));

/** `a.b` and `a` of `a.b.c`. */
function ends(subject: string): string[] {
  const tokens = subject.split('.');
  return tokens.slice(1).map((_, index) => tokens.slice(0, index + 1).join('.'));
}

function besides({ administers, answers, makesStreams, operates, searches = [], watches = [] }: BusUser): string[] {
  return [
    ...(answers ? ['answers to the inboxes of those who may ask it'] : []),
    ...(makesStreams ? ['makes streams, key buckets and the consumers of integrators'] : []),
    ...(administers
      ? ['sees how far all consumers are; reads and removes dead letters; gives them back (`redeliver.>`)']
      : []),
    ...(searches.length > 0 && !operates ? ['reads FILES by a consumer of its own'] : []),
    ...watches.map(({ event, service }) => `sees how far ${service} is with \`${event.type}\``),
    ...(operates
      ? [
          'reads FILES and DEAD_LETTERS; removes dead letters; gives them back (`redeliver.>`); saves and restores streams',
        ]
      : []),
  ];
}

function listOf(words: readonly string[]): string {
  return words.map((word) => `\`${word}\``).join(' ');
}
