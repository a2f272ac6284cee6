import { AppError } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';

/** Throws `rate_limited` before the body is read where the client's address has as many uploads open as it may. */
export async function withinOpenUploads(
  { openUploads }: Pick<Gateway, 'openUploads'>,
  { ip }: { ip: string },
  work: () => Promise<void>,
): Promise<void> {
  const slot = openUploads.enter(ip);
  if (!slot) throw new AppError('rate_limited', 'this address has as many uploads open as it may have at a time');
  try {
    await work();
  } finally {
    slot.leave();
  }
}
