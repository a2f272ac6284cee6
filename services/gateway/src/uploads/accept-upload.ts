import type { IncomingMessage } from 'node:http';
import { AppError } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { sendContinue } from '../http/continue.js';
import { tooLarge } from './part-sink.js';

/** Room for the boundaries, part headers and text fields of a form beside the file itself. */
export const formOverheadBytes = 1024 * 1024;

/**
 * Decides before the first byte whether an upload can be taken, and only then lets a waiting client send its body.
 * Throws `file_too_large` or `insufficient_storage`.
 */
export async function acceptUpload(
  { config, volume }: Pick<Gateway, 'config' | 'volume'>,
  request: IncomingMessage,
  overheadBytes: number,
): Promise<void> {
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > config.maxFileSizeBytes + overheadBytes) throw tooLarge(config.maxFileSizeBytes);
  if ((await volume.freeBytes()) - announcedBytes < config.volumeReserveBytes) {
    throw new AppError('insufficient_storage', 'the volume is past its reserve');
  }
  sendContinue(request);
}
