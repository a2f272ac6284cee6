import { FileSyncFailed } from '@wharf/contracts';
import { emit } from '@wharf/messaging';
import { hasCode, toAppError } from '@wharf/service-kit';
import { type CloudSync, serviceName } from '../cloud-sync.js';

/**
 * Announces `file.sync_failed` for a copy that is about to be given up. Says nothing while a dependency is away: then
 * nothing is given up. Published before the dead letter is written, so that a crash between them repeats it (same id)
 * rather than losing it; a copy that succeeds after all, by a replayed dead letter, ends in `file.synced`.
 */
export async function reportFailedCopy(
  { bus, health }: CloudSync,
  failure: { uid: string; attempts: number; error: unknown },
): Promise<void> {
  const { attempts, error, uid } = failure;
  if (hasCode(error, 'unavailable') && (await health.report()).status !== 'ok') return;
  const { code, message } = toAppError(error);
  await emit(bus, FileSyncFailed, {
    service: serviceName,
    subject: uid,
    id: `${uid}.sync_failed.${attempts}`,
    data: { uid, reason: `${code}: ${message}`, attempts },
  });
}
