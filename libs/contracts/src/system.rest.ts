import { z } from 'zod';
import { FileStatus } from './file-record.js';
import { HealthReport, IntegerText } from './gateway.rest.js';
import { AuditClass, AuditCompleted, SweepCompleted } from './janitor.events.js';
import { SizeBytes, Timestamp, Uid } from './values.js';

const Count = z.int().nonnegative();

/** A service as its replicas report themselves. `replicas` is 0 and `status` `unavailable` where none answered. */
export const ServiceState = z.object({
  name: z.string(),
  /** The best of its replicas. */
  status: HealthReport.shape.status,
  replicas: Count,
  /** The worst of its replicas, check by check. */
  checks: HealthReport.shape.checks.optional(),
});
export type ServiceState = z.infer<typeof ServiceState>;

/** How far a durable consumer of JetStream is. */
export const ConsumerState = z.object({
  stream: z.string(),
  name: z.string(),
  /** Messages that it has not been given yet. */
  pending: Count,
  /** Messages that it was given and has not finished. */
  ack_pending: Count,
  /** Of those, the ones that were given more than once. */
  redelivered: Count,
});
export type ConsumerState = z.infer<typeof ConsumerState>;

export const StatusCounts = z.partialRecord(FileStatus, z.object({ count: Count, bytes: SizeBytes }));
export type StatusCounts = z.infer<typeof StatusCounts>;

/** All parts of Wharf at one glance. */
export const SystemReport = z.object({
  services: z.array(ServiceState),
  consumers: z.array(ConsumerState),
  /** `reserve_bytes`: what uploads leave free. */
  volume: z.object({ free_bytes: SizeBytes, total_bytes: SizeBytes, reserve_bytes: SizeBytes }),
  /** Counted some seconds ago, at `counted_at`; null while they are being counted for the first time. */
  files: z.object({ by_status: StatusCounts, counted_at: Timestamp.nullable() }),
  /** What metadata alone knows is null, or empty, while metadata does not answer: this, the consumers, the files, the sweeps and the audits. */
  dead_letters: Count.nullable(),
  /** The latest runs of each sweep, and the latest audits, newest first, up to 30 of each. */
  sweeps: z.array(SweepCompleted.data),
  audits: z.array(AuditCompleted.data),
});
export type SystemReport = z.infer<typeof SystemReport>;

/** A message that a service gave up. */
export const DeadLetterRecord = z.object({
  /** Its sequence in DEAD_LETTERS. */
  seq: z.int().positive(),
  service: z.string(),
  /** Under which the message was published. */
  subject: z.string(),
  /** The file that it is about; null where it is about something else. */
  uid: Uid.nullable(),
  code: z.string(),
  reason: z.string(),
  /** How often the service was given the message. */
  attempts: Count,
  at: Timestamp,
});
export type DeadLetterRecord = z.infer<typeof DeadLetterRecord>;

/** Oldest first. */
export const DeadLetterPage = z.object({ dead_letters: z.array(DeadLetterRecord), next_cursor: z.string().nullable() });
export type DeadLetterPage = z.infer<typeof DeadLetterPage>;

/** The query of a list as it stands in an address. */
export const PageQuery = z.object({
  limit: IntegerText.pipe(z.int().min(1).max(200)).default(50),
  /** `next_cursor` of the page before. */
  cursor: z.string().min(1).max(255).optional(),
});
export type PageQuery = z.infer<typeof PageQuery>;

export const AuditOptions = z.strictObject({
  /** Makes the three sides agree. Nothing is deleted, and `wharf audit --undo` takes it back. */
  repair: z.boolean().optional(),
  /** Reads the bytes of every file on both sides. */
  full: z.boolean().optional(),
});
export type AuditOptions = z.infer<typeof AuditOptions>;

const AuditCounts = z.partialRecord(AuditClass, Count);

/** One audit, by its report on the volume. */
export const AuditRecord = z.object({
  id: z.string(),
  /** `unfinished`: it is running, or it broke off. */
  status: z.enum(['finished', 'unfinished']),
  /** Whether it was to make the sides agree. */
  repair: z.boolean(),
  started_at: Timestamp,
  finished_at: Timestamp.nullable(),
  examined: Count.nullable(),
  /** How many of each class it found, and how many of them it repaired. */
  findings: AuditCounts,
  repaired: AuditCounts,
});
export type AuditRecord = z.infer<typeof AuditRecord>;

/** Newest first. */
export const AuditPage = z.object({ audits: z.array(AuditRecord), next_cursor: z.string().nullable() });
export type AuditPage = z.infer<typeof AuditPage>;

const AuditFinding = z.object({
  class: AuditClass,
  uid: Uid.nullable(),
  /** Where the bytes are or should be. */
  place: z.string(),
  detail: z.string(),
  /** The steps that a repair would take, or took. */
  remedy: z.array(z.string()),
});

/** An audit with a page of what it found, in the order in which it was found. */
export const AuditDetail = AuditRecord.extend({
  entries: z.array(AuditFinding),
  /** What could not be judged or repaired, of the same page. */
  problems: z.array(z.string()),
  next_cursor: z.string().nullable(),
});
export type AuditDetail = z.infer<typeof AuditDetail>;

/** `id` names the report of the audit that has begun. */
export const StartedAudit = z.object({ id: z.string() });
export type StartedAudit = z.infer<typeof StartedAudit>;
