import type { IncomingMessage } from 'node:http';
import type { Gateway } from '../gateway.js';
import { sendContinue } from '../http/continue.js';
import { tooLarge } from './part-sink.js';
import type { RoomClaim } from './volume-room.js';

/** Room for the boundaries, part headers and text fields of a form beside the file itself. */
export const formOverheadBytes = 1024 * 1024;

/**
 * Decides before the first byte whether an upload can be taken, and only then lets a waiting client send its body. Gives
 * back the room that is kept for it on the volume, to be released when the upload is over. Throws `file_too_large` or `insufficient_storage`.
 */
export async function acceptUpload(
  { config, room }: Pick<Gateway, 'config' | 'room'>,
  request: IncomingMessage,
  overheadBytes: number,
): Promise<RoomClaim> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > config.maxFileSizeBytes + overheadBytes) throw tooLarge(config.maxFileSizeBytes);
  const claim = await room.claim(announcedBytes);
  sendContinue(request);
  return claim;
}
