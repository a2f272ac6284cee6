import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import type { ByteRange } from './byte-range.js';
import { closeSource, findSource, type Source } from './find-source.js';
import { readAtOnce } from './read-at-once.js';
import { clientLeft, endResponse, writeBytes } from './write-bytes.js';
import { writeFromCloud } from './write-from-cloud.js';
import { writeFromFile } from './write-from-file.js';

/** Where a body stands: `position` is the next byte to be handed to the response. */
export interface Progress {
  position: number;
  /** Inclusive. */
  readonly end: number;
  /** Whether the last byte was handed to the system: a client that leaves from then on may have everything. */
  isDelivered: boolean;
}

/** Waits before a copy is tried again when no byte came since the last try; after the last one the body breaks off. */
const pausesMs = [0, 100, 500, 1500, 3000];
/** A client that has no byte yet is told before its proxy gives up; a store that is silent takes 30 s an attempt. */
const firstByteMs = 20_000;

/** Of a range, or of the whole file, of which nothing was sent yet. */
export function progressOf({ size_bytes: sizeBytes }: LocatedFileRecord, range: ByteRange | undefined): Progress {
  return { position: range?.start ?? 0, end: range?.end ?? sizeBytes - 1, isDelivered: false };
}

export interface BodyToSend {
  record: LocatedFileRecord;
  /** Where to begin and to end. Afterwards, also when this rejects, the client may have everything before its `position`. */
  progress: Progress;
  /** Where to begin; it is closed in any case. */
  first: Source;
  response: ServerResponse;
}

/**
 * Sends bytes of a file as the response's body. A copy that fails in the middle (purged, truncated, the store away) is left
 * for the other one, or tried again, and the body goes on at the same byte: copies of a file never differ.
 * Resolves when the last byte was handed to the system. Rejects when the client leaves, or when the bytes are nowhere any
 * more: the response is then unfinished, and the caller breaks the connection.
 */
export async function sendBody(gateway: Gateway, body: BodyToSend): Promise<void> {
  const { progress, response } = body;
  const small = await readSmall(gateway, body);
  if (small) {
    progress.position = progress.end + 1;
    return endResponse(response, small);
  }
  await whileConnected(response, progress, sendFromCopies(gateway, body));
}

/** `sent`, or a rejection as soon as the client leaves before the end, whatever is being waited for then. */
function whileConnected(response: ServerResponse, progress: Progress, sent: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = () => {
      if (progress.isDelivered) resolve();
      else reject(clientLeft());
    };
    response.once('close', leave);
    sent.finally(() => response.off('close', leave)).then(resolve, reject);
    if (response.closed) leave();
  });
}

/** Undefined leaves the source open. A copy that cannot be read is no reason to fail yet: there may be another. */
async function readSmall(
  { smallBodies }: Gateway,
  { first, progress, record }: BodyToSend,
): Promise<Buffer | undefined> {
  const { position: start, end } = progress;
  if (first.kind === 'kept') return first.body.subarray(start, end + 1);
  if (first.kind === 'cloud') return undefined;
  const small = await readAtOnce(first.file.handle, { start, end }).catch(() => undefined);
  if (!small) return undefined;
  await closeSource(first);
  if (small.length === record.size_bytes) smallBodies.keep(record, small);
  return small;
}

async function sendFromCopies(gateway: Gateway, { first, progress, record, response }: BodyToSend): Promise<void> {
  const { position: start } = progress;
  const giveUpAt = performance.now() + firstByteMs;
  let open = async () => first;
  for (let fruitless = 0; ; ) {
    const { position } = progress;
    let kind: Source['kind'] | undefined;
    try {
      const source = await open();
      kind = source.kind;
      await writeFrom(gateway, source, response, progress);
      break;
    } catch (error) {
      if (response.closed) throw error;
      fruitless = progress.position > position ? 0 : fruitless + 1;
      const pauseMs = pausesMs[fruitless];
      const { local_path: localPath, uid } = record;
      if (kind === 'local' && localPath) gateway.openFiles.forget(localPath);
      gateway.logger.warn(
        { error, uid, kind, position: progress.position },
        'a copy failed in the middle of a download',
      );
      const isOverdue = progress.position === start && performance.now() > giveUpAt;
      if (pauseMs === undefined || isOverdue) throw hasCode(error, 'file_not_found') ? withoutBytes(error) : error;
      await delay(pauseMs);
    }
    open = () => findSource(gateway, record, kind);
  }
  await endResponse(response);
}

async function writeFrom(
  { readBuffers, store }: Gateway,
  source: Source,
  response: ServerResponse,
  progress: Progress,
): Promise<void> {
  try {
    if (progress.position <= progress.end) {
      if (source.kind === 'local') await writeFromFile(source.file.handle, response, progress, readBuffers);
      else if (source.kind === 'cloud') await writeFromCloud(store, source.key, response, progress);
      else await writeKept(source.body, response, progress);
    }
    progress.isDelivered = progress.position > progress.end;
  } finally {
    await closeSource(source);
  }
  if (progress.position <= progress.end) throw new AppError('unavailable', 'a copy is shorter than its record');
}

async function writeKept(body: Buffer, response: ServerResponse, progress: Progress): Promise<void> {
  await writeBytes(response, body.subarray(progress.position, progress.end + 1));
  progress.position = progress.end + 1;
}

/** What a store does not have is still a file, by its record: an audit or a backup may bring its bytes back. */
function withoutBytes(cause: unknown): AppError {
  return new AppError('unavailable', 'no copy of the file can be read', { cause });
}
