import { setTimeout as delay } from 'node:timers/promises';
import { toAppError } from '@wharf/service-kit';
import type { StagedUpload } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { endLeft } from './end-left.js';
import { removeBytes } from './remove-upload.js';
import { withOwnFile } from './take-upload.js';
import { endsByItself, isHeld, isOverdue, type UploadEntry } from './upload-entry.js';

/** Metadata keeps a reservation for three times as long. */
const longestPauseMs = 20_000;
/** A file that was touched since is being received, or was just made. */
const youngMs = 60_000;
/** No upload without an end is looked at more often. */
const lookAgainMs = 5 * 60_000;

/**
 * Looks after uploads with which no request has to do: what they hold in quotas is renewed, those that are whole and were left by a gateway that
 * died are finished, those that have expired are removed with all they have, and so are files of uploads that are no more. Each gateway
 * does this by the files on the volume; an upload is taken before anything is done with it.
 */
export class UploadSweep {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> | undefined;
  /** When a file was looked at, by its name. */
  private lookedAt = new Map<string, number>();

  constructor(private readonly gateway: Gateway) {}

  start(): void {
    // Apart: what is not renewed lapses within a minute, and to look at one upload may be to join its parts.
    this.running = Promise.all([
      this.repeat('renewing the quotas of resting uploads', () => this.renew()),
      this.repeat('looking after uploads', () => this.lookAtAll()),
    ]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async repeat(doing: string, work: () => Promise<void>): Promise<void> {
    const { bus, config } = this.gateway;
    const { signal } = this.stopping;
    const pauseMs = Math.min(longestPauseMs, config.uploadExpiryMs / 4);
    while (!signal.aborted) {
      // Several gateways do not all come at the same moment.
      await delay(pauseMs * (0.75 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      if (signal.aborted || !bus.isConnected) continue;
      await work().catch((error: unknown) => this.tell(error, `${doing} stopped; it goes on later`));
    }
  }

  private async renew(): Promise<void> {
    const { quotas, volume } = this.gateway;
    const uids = new Set<string>();
    for await (const { epoch, uid } of volume.uploads.list()) if (epoch !== undefined) uids.add(uid);
    await quotas.renewAll([...uids]);
  }

  private isDue({ modifiedMs }: StagedUpload): boolean {
    return Date.now() - modifiedMs >= Math.min(youngMs, this.gateway.config.uploadExpiryMs);
  }

  private async lookAtAll(): Promise<void> {
    const before = this.lookedAt;
    this.lookedAt = new Map();
    const againMs = Math.min(lookAgainMs, this.gateway.config.uploadExpiryMs / 4);
    for await (const file of this.gateway.volume.uploads.list()) {
      if (!this.isDue(file)) continue;
      const name = `${file.uid}.${file.epoch}`;
      const lookedAt = before.get(name);
      const isDue = lookedAt === undefined || performance.now() - lookedAt >= againMs;
      this.lookedAt.set(name, isDue ? performance.now() : lookedAt);
      if (!isDue || this.stopping.signal.aborted) continue;
      await this.look(file).catch((error: unknown) => this.tell(error, 'an upload is looked after later', file.uid));
    }
  }

  private tell(error: unknown, message: string, uid?: string): void {
    const { logger } = this.gateway;
    if (toAppError(error).code === 'unavailable') logger.debug({ error, uid }, message);
    else logger.warn({ error, uid }, message);
  }

  private async look({ epoch, modifiedMs, uid }: StagedUpload): Promise<void> {
    const { config, logger, resumable, volume } = this.gateway;
    const found = await (await resumable.leases.store()).read(uid);
    if (!found) {
      // Its upload may be about to be known: it is older than any that is.
      if (epoch !== undefined && Date.now() - modifiedMs >= config.uploadExpiryMs)
        await volume.uploads.remove({ uid, epoch });
      return;
    }
    const entry = found.value;
    const isExpired = isOverdue(entry);
    if (epoch !== undefined && isLeft(entry, epoch)) await volume.uploads.remove({ uid, epoch });
    else if (endsByItself(entry) || isExpired) {
      const taken = await resumable.leases.tryToTake(uid, found);
      if (!taken) return;
      logger.info({ uid, isExpired }, 'an upload that was left is ended');
      if (!isExpired) await endLeft(this.gateway, await withOwnFile(this.gateway, taken));
      else await this.expire(uid, taken.lease.entry, () => taken.lease.release({ state: 'expired' }));
    }
  }

  private async expire(uid: string, entry: UploadEntry, tell: () => Promise<void>): Promise<void> {
    await tell();
    await removeBytes(this.gateway, uid, entry);
    this.gateway.resumable.metrics.count('expired');
  }
}

/** Whether a file is of a holder that was succeeded, or of an upload that needs none any more. */
function isLeft(entry: UploadEntry, epoch: number): boolean {
  if (entry.state !== 'open') return true;
  return epoch !== entry.staged_epoch && !(isHeld(entry) && epoch === entry.epoch);
}
