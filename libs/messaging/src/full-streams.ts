import { AppError } from '@wharf/service-kit';
import { NatsError } from 'nats';
import type { Bus } from './bus.js';
import { jetstreamCode } from './ensure-streams.js';

const storeFailed = 10077;
/** Of the account, or of the whole server. */
const outOfResources = [10002, 10023, 10028, 10047];

/** Why JetStream has no room for a message, in words; undefined for any other failure. What it refused is noted for `findFullStream`. */
export function refusedForRoom(
  bus: Bus,
  message: { stream: string; sizeBytes: number },
  error: unknown,
): AppError | undefined {
  const { stream } = message;
  const code = jetstreamCode(error) ?? 0;
  const isFull =
    code === storeFailed && error instanceof NatsError && /maximum/.test(error.jsError()?.description ?? '');
  if (!isFull && !outOfResources.includes(code)) return undefined;
  if (isFull) bus.fullStreams.set(stream, message.sizeBytes + overheadBytes);
  const text = isFull ? fullText(stream) : `NATS has no room for more in ${stream}`;
  if (!isFull) bus.lastLackOfRoom = { text, atMs: performance.now() };
  return new AppError('unavailable', text, { cause: error });
}

/** A gateway tries again what waits in its journal after 10 s at first, and every 3 s from then on. */
const lackOfRoomMs = 20_000;

/**
 * Throws while a stream that has refused a message is still full, and where the account or the server had no room, until an event was taken, or
 * nothing was refused for some time: what is left there it tells nobody. Nothing is asked of NATS as long as nothing was refused.
 */
export async function findFullStream(bus: Bus): Promise<void> {
  const { lastLackOfRoom } = bus;
  if (lastLackOfRoom && performance.now() - lastLackOfRoom.atMs < lackOfRoomMs)
    throw new AppError('unavailable', lastLackOfRoom.text);
  for (const [stream, neededBytes] of bus.fullStreams) {
    const { config, state } = await (await bus.jetstreamManager()).streams.info(stream);
    if (config.max_bytes > 0 && state.bytes + neededBytes > config.max_bytes)
      throw new AppError('unavailable', fullText(stream));
    bus.fullStreams.delete(stream);
  }
}

/** Headers, and what the server adds. */
const overheadBytes = 1024;

function fullText(stream: string): string {
  return `the stream ${stream} is full: NATS_STREAM_MAX_BYTES`;
}
