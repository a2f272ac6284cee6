import {
  buckets,
  DeadLettersStream,
  FilesStream,
  RedeliveriesStream,
  streamOf,
  streamOfBucket,
  streams,
} from '@wharf/contracts';
import { durableName, readerName } from '../consumer-names.js';
import { inboxPrefixOf } from '../inbox.js';
import { redeliveriesOf } from '../redelivery.js';
import { type BusUser, busUsers } from './bus-users.js';
import { consumersOf } from './integrators.js';
import {
  accountInfo,
  acksOf,
  backupOf,
  consumerInfoOf,
  consumerListOf,
  consumerMakingOf,
  infoOf,
  makingOf,
  messageOf,
  pullsOf,
  removalFrom,
  type StreamConsumer,
  streamList,
  unnamedReadingOf,
} from './jetstream-subjects.js';

/** Subjects and patterns; everything else is refused. */
export interface Permissions {
  publish: string[];
  subscribe: string[];
}

const everyStream = streams.map(({ name }) => name);
const savedStreams = [...everyStream, streamOfBucket(buckets.uploadKeys)];
const madeStreams = [...everyStream, ...Object.values(buckets).map(streamOfBucket)];

/** What a user needs for what the table says of it. `integrators` are the names of those whose consumers are made. */
export function permissionsOf(user: BusUser, integrators: readonly string[]): Permissions {
  const publish = [
    ...user.emits.map(({ type }) => type),
    ...(user.notifies ?? []),
    ...user.calls.flatMap(({ formerSubject, subject }) => (formerSubject ? [subject, formerSubject] : [subject])),
    ...(user.answers ? callersOf(user.answers).map((caller) => `${inboxPrefixOf(caller)}.>`) : []),
    // One stream stands for all in the health of a service, and those that it publishes to may be full.
    ...[FilesStream.name, ...user.emits.map(({ type }) => streamOf(type)?.name ?? '')].map(infoOf),
    ...(user.buckets ?? []).flatMap(useOfBucket),
    ...consumption(user),
    ...search(user),
    ...(user.watches ?? []).map(({ event, service }) =>
      consumerInfoOf({ stream: streamOf(event.type)?.name ?? '', durable: durableName(service, event.type) }),
    ),
    ...(user.administers ? administration() : []),
    ...(user.makesStreams ? making(integrators) : []),
    ...(user.operates ? operation() : []),
  ];
  return {
    publish: [...new Set(publish)].sort(),
    subscribe: [
      ...new Set([
        `${inboxPrefixOf(user.name)}.>`,
        ...(user.answers ? [`${user.answers}.>`] : []),
        ...(user.hears ?? []),
      ]),
    ].sort(),
  };
}

/**
 * An integrator reads what its consumers give, and acknowledges it. It is in an account of its own, which reaches nothing else: what it may do
 * says the server twice.
 */
export function permissionsOfIntegrator(name: string): Permissions {
  const use = consumersOf(name).flatMap((consumer) => [
    consumerInfoOf(consumer),
    pullsOf(consumer),
    ...acksOf(consumer),
  ]);
  return {
    publish: [accountInfo, ...use].sort(),
    subscribe: [`${inboxPrefixOf(name)}.>`, ...openSubjects],
  };
}

/** What integrators may hear as it is published. */
export const openSubjects = ['file.>', 'janitor.>'];

/** To no other inbox may a service write: the subject of an answer is chosen by who asks. */
function callersOf(word: string): string[] {
  const asks = ({ calls }: BusUser) => calls.some(({ subject }) => subject.startsWith(`${word}.`));
  return busUsers.filter(asks).map(({ name }) => name);
}

function useOfBucket(bucket: string): string[] {
  const stream = streamOfBucket(bucket);
  return [`$KV.${bucket}.>`, infoOf(stream), messageOf(stream)];
}

function consumption({ consumes, name }: BusUser): string[] {
  if (consumes.length === 0) return [];
  const consumers: StreamConsumer[] = [
    ...consumes.map(({ type }) => ({
      stream: streamOf(type)?.name ?? '',
      durable: durableName(name, type),
      subject: type,
    })),
    { stream: RedeliveriesStream.name, ...redeliveriesOf(name) },
  ];
  return [
    ...consumers.flatMap((consumer) => [
      infoOf(consumer.stream),
      ...consumerMakingOf(consumer),
      pullsOf(consumer),
      ...acksOf(consumer),
    ]),
    `dead.${name}.>`,
    // Messages too large for their dead letters are left where they stand.
    ...new Set(consumes.map(({ type }) => messageOf(streamOf(type)?.name ?? ''))),
  ];
}

function search({ name, searches = [] }: BusUser): string[] {
  return searches.flatMap(({ type }) => {
    const reader = { stream: streamOf(type)?.name ?? '', durable: readerName(name), subject: type };
    return [consumerInfoOf(reader), ...consumerMakingOf(reader), pullsOf(reader)];
  });
}

function making(integrators: readonly string[]): string[] {
  return [...madeStreams.flatMap(makingOf), ...integrators.flatMap(consumersOf).flatMap(consumerMakingOf)];
}

function administration(): string[] {
  return [
    ...everyStream.flatMap((stream) => [infoOf(stream), messageOf(stream), consumerListOf(stream)]),
    ...returning,
  ];
}

/** Removing dead letters, and giving them back to the service that has a consumer for that. */
const returning = [
  removalFrom(DeadLettersStream.name),
  consumerInfoOf({ stream: RedeliveriesStream.name, durable: '*' }),
  ...RedeliveriesStream.subjects,
];

function operation(): string[] {
  const read = [FilesStream.name, DeadLettersStream.name];
  return [
    ...everyStream.flatMap((stream) => [infoOf(stream), messageOf(stream)]),
    ...read.flatMap(unnamedReadingOf),
    ...returning,
    streamList,
    ...savedStreams.flatMap(backupOf),
  ];
}
