import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { parse } from 'content-disposition';
import type { Gateway } from '../gateway.js';
import { PartSink } from './part-sink.js';
import type { ReceivedFile } from './store-file.js';
import type { RoomClaim } from './volume-room.js';

/** Takes a raw body of any length into a part. On any failure nothing is left on the volume. */
export async function receiveStream(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  { queryName, room, uid }: { uid: string; queryName: string | undefined; room: RoomClaim },
): Promise<ReceivedFile> {
  const sink = new PartSink(volume, uid, { maxBytes: config.maxFileSizeBytes, room });
  // Handed to the pipeline itself, a request whose upload is refused midway would be destroyed while its connection lives on:
  // nobody could read the rest of the body away, and the next request on that connection would never be answered.
  await pipeline(request.iterator({ destroyOnReturn: false }), sink);
  return {
    uid,
    part: sink.finishedPart(),
    sentName: nameFromHeader(request.headers['content-disposition']) ?? queryName ?? '',
    declaredType: request.headers['content-type'],
  };
}

/** The name in a Content-Disposition header; `filename*` wins over `filename` (RFC 6266 §4.3). */
export function nameFromHeader(header: string | undefined): string | undefined {
  if (!header) return undefined;
  const { parameters } = parse(header);
  const { filename } = parameters;
  if (filename === undefined || parameters['filename*'] !== undefined) return filename;
  // Node hands headers over as Latin-1; what is valid UTF-8 was meant as UTF-8.
  const bytes = Buffer.from(filename, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : filename;
}
