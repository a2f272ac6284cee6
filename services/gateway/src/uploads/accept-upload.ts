import type { IncomingMessage } from 'node:http';
import { fileTooLarge } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { sendContinue } from '../http/continue.js';
import type { SpaceReservation } from './volume-space.js';

/** Room for the boundaries, part headers and text fields of a form beside the file itself. */
export const formOverheadBytes = 1024 * 1024;

/**
 * Decides before the first byte whether an upload can be taken, and only then lets a waiting client send its body. Gives
 * back the space that is reserved for it on the volume, to be released when the upload is over. Throws `file_too_large` or `insufficient_storage`.
 */
export async function acceptUpload(
  { config, space }: Pick<Gateway, 'config' | 'space'>,
  request: IncomingMessage,
  overheadBytes: number,
): Promise<SpaceReservation> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > config.maxFileSizeBytes + overheadBytes) throw fileTooLarge(config.maxFileSizeBytes);
  const reservation = await space.reserve(announcedBytes);
  sendContinue(request);
  return reservation;
}
