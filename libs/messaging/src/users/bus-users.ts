import {
  AuditCompleted,
  buckets,
  ConfirmAttachment,
  type EventDefinition,
  events,
  FileDeleted,
  FileLost,
  FileOrphaned,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  FileUpdated,
  GetAttachment,
  GetFile,
  KeyRevoked,
  type RpcDefinition,
  rpcs,
  SessionEnded,
  SweepCompleted,
  UserChanged,
} from '@wharf/contracts';
import { HealthSubject } from '../health-subjects.js';

/** Who may what on the bus. All that a user does there is said here; `permissionsOf` turns it into subjects, and what is not said is refused. */
export interface BusUser {
  name: string;
  /** Events that it publishes. */
  emits: readonly EventDefinition[];
  /** Events that it takes by durable consumers of its own; what it gives up becomes a dead letter. */
  consumes: readonly EventDefinition[];
  /** Requests that it makes. */
  calls: readonly RpcDefinition[];
  /** The first word of the requests that it answers. */
  answers?: string;
  /** Subjects that it hears as they are published, and nothing of what was before. */
  hears?: readonly string[];
  /** Notices to processes of its own kind. */
  notifies?: readonly string[];
  buckets?: readonly string[];
  /** Events whose place in the stream it looks up, by a consumer that it makes for that. */
  searches?: readonly EventDefinition[];
  /** Services, and events of theirs, whose backlog it looks at. */
  watches?: readonly { service: string; event: EventDefinition }[];
  /** It makes streams, buckets, and the consumers of integrators. */
  makesStreams?: true;
  /** It shows admins how far all consumers are, and gives dead letters back. */
  administers?: true;
  /** Dead letters, backups, replays: what operators do by hand. */
  operates?: true;
}

const rpcsOf = (prefix: string) => rpcs.filter(({ subject }) => subject.startsWith(`${prefix}.`));

/** Of which gateways ask all processes how they are, and under which they are told. */
const healthAsked = HealthSubject.asked;
const healthTold = `${HealthSubject.told}.*`;
const forgottenRecords = 'gateway.records.forgotten';
const wantedUploads = 'gateway.uploads.wanted';

const tellsHealth = { hears: [healthAsked], notifies: [healthTold] };

const fileEvents = events.filter(({ type }) => type.startsWith('file.'));

/** It faces the network, so it has no consumer: whoever pulls from a consumer can have the answer sent to any subject. */
const gateway: BusUser = {
  name: 'gateway',
  emits: [FileStored],
  consumes: [],
  calls: [
    ...rpcsOf('metadata.files'),
    ...rpcsOf('metadata.attachments'),
    ...rpcsOf('metadata.system'),
    ...rpcsOf('metadata.dead_letters'),
    ...rpcsOf('audits'),
    ...rpcsOf('accounts').filter(({ subject }) => !subject.startsWith('accounts.upkeep.')),
  ],
  hears: [
    forgottenRecords,
    wantedUploads,
    healthAsked,
    healthTold,
    ...fileEvents.map(({ type }) => type),
    ...[SessionEnded, KeyRevoked, UserChanged].map(({ type }) => type),
  ],
  notifies: [forgottenRecords, wantedUploads, healthAsked, healthTold],
  buckets: [buckets.uploadKeys, buckets.uploads],
  watches: [{ service: 'metadata', event: FileStored }],
};

const metadata: BusUser = {
  name: 'metadata',
  emits: [FileStored, FileUpdated, FileDeleted, FileOrphaned],
  consumes: [FileStored, FileSynced, FileSyncFailed, FilePurged, FileLost, SweepCompleted, AuditCompleted],
  calls: [],
  answers: 'metadata',
  ...tellsHealth,
  makesStreams: true,
  administers: true,
};

const cloudSync: BusUser = {
  name: 'cloud-sync',
  emits: [FileSynced, FileSyncFailed],
  consumes: [FileStored, FileDeleted],
  calls: [GetFile],
  ...tellsHealth,
};

const janitor: BusUser = {
  name: 'janitor',
  emits: [FilePurged, FileLost, FileStored, SweepCompleted, AuditCompleted],
  consumes: [FileDeleted],
  calls: [GetFile, GetAttachment, ConfirmAttachment, ...rpcsOf('metadata.upkeep')],
  answers: 'audits',
  ...tellsHealth,
  buckets: [buckets.leases, buckets.positions],
  searches: [FileDeleted, FileStored],
};

const accounts: BusUser = {
  name: 'accounts',
  emits: events.filter(({ type }) => type.startsWith('access.')),
  consumes: [],
  calls: [],
  answers: 'accounts',
  ...tellsHealth,
};

/** The command line. What a repair or a restore announces, it announces itself. */
const wharf: BusUser = {
  name: 'wharf',
  emits: [FileStored, FilePurged, FileLost, FileDeleted, AuditCompleted],
  consumes: [],
  calls: [GetFile, ...rpcsOf('metadata.upkeep'), ...rpcsOf('accounts.users'), ...rpcsOf('accounts.upkeep')],
  buckets: [buckets.leases, buckets.uploads],
  searches: [FileDeleted, FileStored],
  operates: true,
};

export const busUsers: readonly BusUser[] = [gateway, metadata, cloudSync, janitor, accounts, wharf];
