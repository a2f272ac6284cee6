import { buckets, keptMs, type StreamDefinition, streamOfBucket, streams } from '@wharf/contracts';
import { AppError, everyStream } from '@wharf/service-kit';
import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from 'nats';
import type { Bus } from './bus.js';

export interface StreamLimits {
  replicas: number;
  /** 0 keeps events for ever. */
  maxAgeMs: number;
  /** By the name of a stream or a bucket, or `everyStream`; 0, or none, sets no bound. */
  maxBytes?: Readonly<Record<string, number>>;
}

/** The bound of a stream or bucket; 0 for none. */
function maxBytesOf({ maxBytes = {} }: Pick<StreamLimits, 'maxBytes'>, name: string): number {
  return maxBytes[name] ?? maxBytes[everyStream] ?? 0;
}

export function streamLimitsOf(config: {
  natsStreamReplicas: number;
  natsStreamMaxAgeMs: number;
  natsStreamMaxBytes: Readonly<Record<string, number>>;
}): StreamLimits {
  return {
    replicas: config.natsStreamReplicas,
    maxAgeMs: config.natsStreamMaxAgeMs,
    maxBytes: config.natsStreamMaxBytes,
  };
}

/**
 * Makes Wharf's streams and buckets where they are missing. What exists is only ever widened (subjects, replicas, age; of buckets the
 * replicas alone): an operator's larger settings stay. A bound of bytes that is configured is set as it is, but never below what is
 * there, so that none of it is dropped. Idempotent, and safe when several replicas do it at once. It takes the rights of metadata.
 */
export async function ensureStreams(bus: Bus, limits: StreamLimits): Promise<void> {
  const manager = await bus.jetstreamManager();
  for (const bucket of Object.values(buckets)) await ensureBucket(bus, manager, bucket, limits);
  // FILES comes last: whoever finds it finds the others.
  for (const stream of streams.toReversed()) await ensureStream(manager, stream, limits);
}

async function ensureStream(manager: JetStreamManager, stream: StreamDefinition, limits: StreamLimits): Promise<void> {
  const wanted: Partial<StreamConfig> & { name: string } = {
    name: stream.name,
    subjects: stream.subjects,
    description: stream.description,
    retention: stream.isWorkQueue ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: stream.dropsOldest ? DiscardPolicy.Old : DiscardPolicy.New,
    max_bytes: maxBytesOf(limits, stream.name) || -1,
    num_replicas: limits.replicas,
    max_age: nanos(limits.maxAgeMs),
    duplicate_window: nanos(stream.duplicateWindowMs),
  };
  const isMade = !(await readStream(manager, stream.name)) && (await addStream(manager, wanted));
  if (isMade) return;
  // It was there, or another service has added it at this moment, maybe with other limits.
  const existing = await readStream(manager, stream.name);
  if (!existing) throw new AppError('unavailable', `the stream ${stream.name} is neither there nor can it be made`);
  const fitted = fit(existing, wanted);
  if (fitted) await manager.streams.update(stream.name, fitted);
}

/** A bucket is a stream. */
async function ensureBucket(
  bus: Bus,
  manager: JetStreamManager,
  bucket: keyof typeof keptMs,
  limits: StreamLimits,
): Promise<void> {
  const wanted = { num_replicas: limits.replicas, max_bytes: maxBytesOf(limits, bucket) || -1 };
  const existing = await readStream(manager, streamOfBucket(bucket));
  if (!existing) return addBucket(bus, { bucket, ttlMs: keptMs[bucket], ...wanted });
  const fitted = fit(existing, wanted);
  if (fitted) await manager.streams.update(existing.config.name, fitted);
}

/** Throws what the driver throws. */
export async function addBucket(
  bus: Bus,
  { bucket, ttlMs, ...config }: { bucket: string; ttlMs: number; num_replicas: number; max_bytes: number },
): Promise<void> {
  const { max_bytes, num_replicas: replicas } = config;
  await bus.jetstream().views.kv(bucket, { ttl: ttlMs, replicas, history: 1, allow_direct: false, max_bytes });
}

/** What comes between the reading of a stream's size and the setting of its bound. */
const headroomBytes = 1024 * 1024;

/** The settings to change, or undefined. */
export function fit(
  { config, state }: { config: StreamConfig; state: { bytes: number } },
  wanted: Partial<StreamConfig>,
): Partial<StreamConfig> | undefined {
  const widened = widen(config, wanted);
  const discard = wanted.discard ?? config.discard;
  const max_bytes = boundOf(wanted.max_bytes ?? -1, { ...config, discard }, state.bytes);
  if (!widened && discard === config.discard && max_bytes === config.max_bytes) return undefined;
  return { ...config, ...widened, discard, max_bytes };
}

/** A server of some versions drops the oldest to come below a smaller bound: so it is not set below what is there, nor raised for that. */
function boundOf(wanted: number, { discard, max_bytes: present }: StreamConfig, bytes: number): number {
  if (wanted <= 0) return present;
  if (discard === DiscardPolicy.Old) return wanted;
  const least = bytes + headroomBytes;
  return Math.max(wanted, present > 0 ? Math.min(present, least) : least);
}

/** The settings to change so that `existing` covers `wanted`, or undefined when it does already. */
export function widen(existing: StreamConfig, wanted: Partial<StreamConfig>): Partial<StreamConfig> | undefined {
  const missing = (wanted.subjects ?? []).filter((subject) => !existing.subjects.includes(subject));
  const replicas = Math.max(existing.num_replicas, wanted.num_replicas ?? 1);
  const maxAge = existing.max_age === 0 || wanted.max_age === 0 ? 0 : Math.max(existing.max_age, wanted.max_age ?? 0);
  if (missing.length === 0 && replicas === existing.num_replicas && maxAge === existing.max_age) return undefined;
  return { ...existing, subjects: [...existing.subjects, ...missing], num_replicas: replicas, max_age: maxAge };
}

const streamNotFound = 10059;
const nameInUse = 10058;

async function readStream(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await readLedStream(manager, name);
  } catch (error) {
    if (jetstreamCode(error) === streamNotFound) return undefined;
    throw error;
  }
}

/** Throws `unavailable` for a stream that takes nothing: what is left of a cluster still tells of it. */
export async function readLedStream(manager: JetStreamManager, name: string): Promise<StreamInfo> {
  const info = await manager.streams.info(name);
  if (info.cluster && !info.cluster.leader) {
    throw new AppError('unavailable', `the stream ${name} has no leader: too few of its servers are there`);
  }
  return info;
}

async function addStream(
  manager: JetStreamManager,
  config: Partial<StreamConfig> & { name: string },
): Promise<boolean> {
  try {
    await manager.streams.add(config);
    return true;
  } catch (error) {
    if (jetstreamCode(error) === nameInUse) return false;
    throw error;
  }
}

/** JetStream's own error number, such as 10059, or undefined. */
export function jetstreamCode(error: unknown): number | undefined {
  return error instanceof NatsError ? error.jsError()?.err_code : undefined;
}
