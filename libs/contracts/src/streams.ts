/** A JetStream stream: where events of these subjects are kept. */
export interface StreamDefinition {
  name: string;
  subjects: string[];
  description: string;
  /** How long a message id is remembered, so that a repeated publish is dropped. */
  duplicateWindowMs: number;
  /** A message leaves the stream when its one consumer is done with it; otherwise it stays for as long as the stream keeps it. */
  isWorkQueue?: true;
  /**
   * At its `max_bytes` a stream refuses what is new, so that no event is lost without a word. This one lets the oldest go instead: its messages
   * are copies, and a letter that cannot be written would be delivered for ever and keep the next events from being recorded.
   */
  dropsOldest?: true;
}

const tenMinutesMs = 10 * 60_000;

export const FilesStream: StreamDefinition = {
  name: 'FILES',
  subjects: ['file.>'],
  description: 'The life of every file',
  duplicateWindowMs: tenMinutesMs,
};

export const JanitorStream: StreamDefinition = {
  name: 'JANITOR',
  subjects: ['janitor.>'],
  description: 'What sweeps and audits did',
  duplicateWindowMs: tenMinutesMs,
};

export const AccessStream: StreamDefinition = {
  name: 'ACCESS',
  subjects: ['access.>'],
  description: 'Logins, refusals, keys and changes of users',
  duplicateWindowMs: tenMinutesMs,
};

/** Subjects: `dead.<service>.<subject of the message that was given up>`. */
export const DeadLettersStream: StreamDefinition = {
  name: 'DEAD_LETTERS',
  subjects: ['dead.>'],
  description: 'Messages that a service could not handle, with the reason in their headers',
  duplicateWindowMs: tenMinutesMs,
  dropsOldest: true,
};

/** Subjects: `redeliver.<service>.<subject of the message>`. Of all subscribers that service alone reads them. */
export const RedeliveriesStream: StreamDefinition = {
  name: 'REDELIVERIES',
  subjects: ['redeliver.>'],
  description: 'Dead letters on their way back to the service that gave them up',
  duplicateWindowMs: tenMinutesMs,
  isWorkQueue: true,
};

/** Key-value buckets of JetStream. */
export const buckets = {
  uploadKeys: 'wharf_idempotency',
  leases: 'wharf_leases',
  uploads: 'wharf_uploads',
  positions: 'wharf_positions',
} as const;

/** A lease whose holder has died is free after this long. */
export const leaseMs = 30_000;

/** How long a resumable upload may be set to wait for its client. */
export const longestUploadRestMs = 7 * 24 * 3_600_000;

/** How long the entries of a bucket are kept that nobody writes again. */
export const keptMs: Readonly<Record<(typeof buckets)[keyof typeof buckets], number>> = {
  [buckets.uploadKeys]: 24 * 3_600_000,
  [buckets.leases]: leaseMs,
  // How far work has come that takes days: written with every step of it.
  [buckets.positions]: 365 * 24 * 3_600_000,
  // Longer than any upload may rest: each expires before, by its own time.
  [buckets.uploads]: longestUploadRestMs + 24 * 3_600_000,
};

/** The stream in which JetStream keeps a bucket. */
export function streamOfBucket(bucket: string): string {
  return `KV_${bucket}`;
}

export const streams: readonly StreamDefinition[] = [
  FilesStream,
  JanitorStream,
  AccessStream,
  DeadLettersStream,
  RedeliveriesStream,
];

/** The stream that keeps what is published on a subject. */
export function streamOf(subject: string): StreamDefinition | undefined {
  return streams.find(({ subjects }) => subjects.includes(`${subject.split('.')[0]}.>`));
}
