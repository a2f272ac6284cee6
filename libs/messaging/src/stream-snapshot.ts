import { AppError } from '@wharf/service-kit';
import { Empty, type NatsConnection, type StreamConfig, type StreamState, StringCodec } from 'nats';
import type { Bus } from './bus.js';

/** A stream as NATS itself saves it: with its sequences, times, and where its consumers stand. */
export interface StreamSnapshot {
  config: StreamConfig;
  state: StreamState;
}

const chunkBytes = 128 * 1024;
const silenceMs = 30_000;
const text = StringCodec();

/**
 * Saves a stream while it is used; `write` takes the pieces in order. They are NATS's own format, to be given back to `restoreStream`.
 * Resolves to undefined when there is no such stream. Throws `unavailable` when the server falls silent.
 */
export async function saveStream(
  bus: Bus,
  name: string,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<StreamSnapshot | undefined> {
  const connection = bus.require();
  const inbox = bus.newInbox();
  const subscription = connection.subscribe(inbox, { timeout: silenceMs });
  try {
    const request = { deliver_subject: inbox, no_consumers: false, chunk_size: chunkBytes };
    const snapshot = await askApi<StreamSnapshot>(connection, `$JS.API.STREAM.SNAPSHOT.${name}`, request);
    if (!snapshot) return undefined;
    for await (const message of subscription) {
      const { code, description } = message.headers ?? {};
      if (code && code >= 400) throw new AppError('unavailable', `saving ${name} broke off: ${description}`);
      if (message.data.length === 0) return { config: snapshot.config, state: snapshot.state };
      await write(message.data);
      // The server sends the next ones when enough of them are acknowledged.
      message.respond();
    }
    throw new AppError('unavailable', `saving ${name} broke off`);
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError('unavailable', `saving ${name} broke off`, { cause: error });
  } finally {
    subscription.unsubscribe();
  }
}

/** Makes a stream of a snapshot. Throws `conflict` when there is one of its name. */
export async function restoreStream(
  bus: Bus,
  { config, state }: StreamSnapshot,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const connection = bus.require();
  const { name } = config;
  const begun = await askApi<{ deliver_subject: string }>(connection, `$JS.API.STREAM.RESTORE.${name}`, {
    config,
    state,
  });
  if (!begun) throw new AppError('conflict', `NATS does not restore ${name}`);
  for await (const chunk of chunks) refuseError(name, await send(connection, begun.deliver_subject, chunk));
  refuseError(name, await send(connection, begun.deliver_subject, Empty));
}

interface ApiError {
  error?: { code: number; description: string };
}

/** Undefined where there is no such stream. */
async function askApi<Answer>(
  connection: NatsConnection,
  subject: string,
  request: object,
): Promise<Answer | undefined> {
  const answer = await send(connection, subject, text.encode(JSON.stringify(request)));
  const body = JSON.parse(text.decode(answer)) as Answer & ApiError;
  if (body.error?.code === 404) return undefined;
  if (body.error) throw new AppError('conflict', `NATS: ${body.error.description}`);
  return body;
}

async function send(connection: NatsConnection, subject: string, body: Uint8Array): Promise<Uint8Array> {
  return (await connection.request(subject, body, { timeout: silenceMs })).data;
}

/** What NATS answers to pieces is empty unless something is wrong; to the end of them, a description of the stream. */
function refuseError(name: string, answer: Uint8Array): void {
  if (answer.length === 0) return;
  const { error } = JSON.parse(text.decode(answer)) as ApiError;
  if (error) throw new AppError('conflict', `NATS does not take ${name} back: ${error.description}`);
}
