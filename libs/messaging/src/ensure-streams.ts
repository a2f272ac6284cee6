import { buckets, type StreamDefinition, streamOfBucket, streams } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import {
  DiscardPolicy,
  type JetStreamManager,
  NatsError,
  nanos,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from 'nats';
import type { Bus } from './bus.js';

export interface StreamLimits {
  replicas: number;
  /** 0 keeps events for ever. */
  maxAgeMs: number;
}

/**
 * Makes Wharf's streams where they are missing. What exists is only ever widened (subjects, replicas, age; of buckets the
 * replicas alone): an operator's larger settings stay. Idempotent, and safe when several services do it at once.
 */
export async function ensureStreams(bus: Bus, limits: StreamLimits): Promise<void> {
  const manager = await bus.jetstreamManager();
  for (const stream of streams) await ensureStream(manager, stream, limits);
  for (const bucket of Object.values(buckets)) await widenBucket(manager, bucket, limits.replicas);
}

async function ensureStream(manager: JetStreamManager, stream: StreamDefinition, limits: StreamLimits): Promise<void> {
  const wanted: Partial<StreamConfig> & { name: string } = {
    name: stream.name,
    subjects: stream.subjects,
    description: stream.description,
    retention: stream.isWorkQueue ? RetentionPolicy.Workqueue : RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    num_replicas: limits.replicas,
    max_age: nanos(limits.maxAgeMs),
    duplicate_window: nanos(stream.duplicateWindowMs),
  };
  const isMade = !(await readStream(manager, stream.name)) && (await addStream(manager, wanted));
  if (isMade) return;
  // It was there, or another service has added it at this moment, maybe with other limits.
  const existing = await readStream(manager, stream.name);
  if (!existing) throw new AppError('unavailable', `the stream ${stream.name} is neither there nor can it be made`);
  const widened = widen(existing, wanted);
  if (widened) await manager.streams.update(stream.name, widened);
}

/** A bucket is a stream, and is made by who uses it first. */
async function widenBucket(manager: JetStreamManager, bucket: string, replicas: number): Promise<void> {
  const existing = await readStream(manager, streamOfBucket(bucket));
  const widened = existing && widen(existing, { num_replicas: replicas });
  if (widened) await manager.streams.update(existing.name, widened);
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

async function readStream(manager: JetStreamManager, name: string): Promise<StreamConfig | undefined> {
  try {
    return (await manager.streams.info(name)).config;
  } catch (error) {
    if (jetstreamCode(error) === streamNotFound) return undefined;
    throw error;
  }
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
