import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { openSource } from './open-source.js';
import type { Progress, Source } from './source.js';
import { clientLeft, endResponse } from './write-bytes.js';

/** Waits before a copy is tried again when no byte came since the last try; after the last one the body breaks off. */
const pausesMs = [0, 100, 500, 1500, 3000];
/** A client that has no byte yet is told before its proxy gives up; a store that is silent takes 30 s an attempt. */
const firstByteMs = 20_000;

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
  const { first, progress, response } = body;
  if (first.bytes) {
    const wanted = first.bytes.subarray(progress.position, progress.end + 1);
    progress.position = progress.end + 1;
    return endResponse(response, wanted);
  }
  await whileConnected(
    response,
    progress,
    writeFromCopies(gateway, body).then(() => endResponse(response)),
  );
}

/** `sent`, or a rejection as soon as the client leaves before the end, whatever is being waited for then. */
export function whileConnected(
  response: ServerResponse,
  progress: Pick<Progress, 'isDelivered'>,
  sent: Promise<void>,
): Promise<void> {
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

/** Writes the bytes to the response, which goes on: as `sendBody`, without its end. */
export async function writeFromCopies(
  gateway: Gateway,
  { first, progress, record, response }: BodyToSend,
): Promise<void> {
  const { position: start } = progress;
  const giveUpAt = performance.now() + firstByteMs;
  let open = async () => first;
  for (let fruitless = 0; ; ) {
    const { position } = progress;
    let place: Source['place'] | undefined;
    try {
      const source = await open();
      place = source.place;
      await writeAll(source, response, progress);
      break;
    } catch (error) {
      if (response.closed) throw error;
      fruitless = progress.position > position ? 0 : fruitless + 1;
      const pauseMs = pausesMs[fruitless];
      if (place === 'local') gateway.copies.forget(record);
      gateway.logger.warn(
        { error, uid: record.uid, place, position: progress.position },
        'a copy failed in the middle of a download',
      );
      const isOverdue = progress.position === start && performance.now() > giveUpAt;
      if (pauseMs === undefined || isOverdue) throw hasCode(error, 'file_not_found') ? withoutBytes(error) : error;
      await delay(pauseMs);
    }
    open = () => openSource(gateway, record, place);
  }
}

async function writeAll(source: Source, response: ServerResponse, progress: Progress): Promise<void> {
  try {
    if (progress.position <= progress.end) await source.writeTo(response, progress);
    progress.isDelivered = progress.position > progress.end;
  } finally {
    await source.close();
  }
  if (!progress.isDelivered) throw new AppError('unavailable', 'a copy is shorter than its record');
}

/** What a store does not have is still a file, by its record: an audit or a backup may bring its bytes back. */
function withoutBytes(cause: unknown): AppError {
  return new AppError('unavailable', 'no copy of the file can be read', { cause });
}
