import { findDeadLetter, replayDeadLetter } from '@wharf/messaging';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';

/**
 * Gives a dead letter back to the service that gave it up. Throws `dead_letter_not_found`, `conflict` where the message was left in a stream that
 * does not keep it any more, `unavailable`.
 */
export async function giveBackLetter({ bus }: Metadata, seq: number): Promise<void> {
  const letter = await findDeadLetter(bus, seq);
  if (!letter) throw new AppError('dead_letter_not_found', `there is no dead letter ${seq}`);
  try {
    await replayDeadLetter(bus, letter);
  } catch (error) {
    if (!hasCode(error, 'file_not_found')) throw error;
    throw new AppError('conflict', error.message, { cause: error });
  }
}
