import { HeldEntry, type Versioned } from '@wharf/messaging';
import { AppError, type Logger, retry, toAppError } from '@wharf/service-kit';
import type { UploadEntry, UploadStore } from './upload-entry.js';

export interface UploadLeaseOptions {
  store: UploadStore;
  logger: Logger;
  /** A holder that dies is succeeded after this long. */
  leaseMs: number;
  onEnd(): void;
}

/** So long a client may send nothing while another request waits for its upload. */
const silentMs = 1000;
const lookEveryMs = 100;
/** After so long a holder that is wanted says that it goes on. */
const answerMs = 2000;
/** Between attempts to give back what could not be given back at once. */
const pauseMs = 250;

/**
 * One request's hold on an upload, renewed until `release`, `remove` or the loss of it. Nobody else writes to the upload's file as long as it
 * lasts.
 *
 * A lease alone keeps nobody out: a process may sleep past its end. Whoever takes over such a lease therefore goes on in a file of its own
 * (`take-upload.ts`), and all that this holder still says of the upload is refused, since its epoch is over.
 */
export class UploadLease {
  private readonly renewal: NodeJS.Timeout;
  private readonly interruption = new AbortController();
  private readonly held: HeldEntry<UploadEntry>;
  /** Since when the client has been waited for; undefined while it is not. */
  private awaitedSince: number | undefined;
  private watch: NodeJS.Timeout | undefined;
  /** Given back, removed or lost. */
  isOver = false;

  constructor(
    readonly uid: string,
    current: Versioned<UploadEntry>,
    private readonly options: UploadLeaseOptions,
  ) {
    this.held = new HeldEntry({ bucket: options.store, key: uid, isMine }, current);
    this.renewal = setInterval(() => void this.renew(), options.leaseMs / 3);
  }

  get entry(): UploadEntry {
    return this.held.value;
  }

  /** Aborts, with `upload_locked`, when the lease was lost, or another request wants the upload and the client is silent. */
  get signal(): AbortSignal {
    return this.interruption.signal;
  }

  /** Something came from the client, and more is waited for. */
  awaitClient(): void {
    this.awaitedSince = performance.now();
  }

  /** It is the gateway's turn. */
  stopAwaiting(): void {
    this.awaitedSince = undefined;
  }

  /** Somebody else wants the upload. A client that is gone without a word does not keep it; one that sends, or waits for its answer, does. */
  onWanted(): void {
    if (this.watch || this.isOver) return;
    const since = performance.now();
    let silentSince: number | undefined;
    this.watch = setInterval(() => {
      const now = performance.now();
      // Two looks in a row: where the process was held up itself, the timers run before what has arrived meanwhile is read.
      const wasSilent = silentSince !== undefined && silentSince === this.awaitedSince;
      const isSilent = this.awaitedSince !== undefined && now - this.awaitedSince >= silentMs;
      silentSince = isSilent ? this.awaitedSince : undefined;
      if (isSilent && wasSilent) {
        this.stopWatching();
        this.interrupt('another request continues this upload, since this one sent nothing any more');
      } else if (now - since >= answerMs) {
        this.stopWatching();
        void this.renew({ refusals: this.entry.refusals + 1 });
      }
    }, lookEveryMs);
  }

  /** Throws `upload_locked` when the upload was taken over, `unavailable` where that cannot be known: the change may have been made. */
  async write(change: Partial<UploadEntry>): Promise<void> {
    if (await this.held.replace((entry) => ({ ...entry, ...change, lease_until: this.nextEnd() }))) return;
    this.end();
    this.interrupt('another request has taken this upload over');
    throw this.signal.reason;
  }

  /** Close the file before. Throws as `write`; where NATS is away the lease is given back as soon as it is there, or runs out. */
  async release(change: Partial<UploadEntry> = {}): Promise<void> {
    this.end();
    try {
      await this.giveBack(change);
    } catch (error) {
      void this.giveBackLater();
      throw error;
    }
  }

  /**
   * Where a file that somebody may still write to could not be left behind: the lease runs out at once, and is not given back. So the next one
   * takes the upload over, into a file of its own. Never throws.
   */
  async leave(): Promise<void> {
    this.end();
    const ranOut = new Date(0).toISOString();
    await this.held
      .replace((entry) => ({ ...entry, lease_until: ranOut }))
      .catch((error: unknown) => {
        this.options.logger.warn({ error, uid: this.uid }, 'an upload is left to its lease');
      });
  }

  /** The upload is no more. Throws as `write`. */
  async remove(): Promise<void> {
    this.end();
    if (!(await this.held.remove())) throw takenOver();
  }

  private async giveBack(change: Partial<UploadEntry>): Promise<void> {
    if (!(await this.held.replace((entry) => ({ ...entry, ...change, lease_until: null })))) throw takenOver();
  }

  /** Without a change: what could not be said in time was not promised to anybody. */
  private async giveBackLater(): Promise<void> {
    const giveUpAt = performance.now() + this.options.leaseMs;
    await retry(() => this.giveBack({}), {
      pauseMs: () => (performance.now() < giveUpAt ? pauseMs : undefined),
      isRetriable: (error) => toAppError(error).code === 'unavailable',
    }).catch((error: unknown) => this.options.logger.warn({ error, uid: this.uid }, 'an upload is left to its lease'));
  }

  private async renew(change: Partial<UploadEntry> = {}): Promise<void> {
    try {
      await this.write(change);
    } catch (error) {
      this.options.logger.warn({ error, uid: this.uid }, 'the lease of an upload could not be renewed');
    }
  }

  private nextEnd(): string {
    return new Date(Date.now() + this.options.leaseMs).toISOString();
  }

  private interrupt(message: string): void {
    clearInterval(this.renewal);
    if (!this.signal.aborted) this.interruption.abort(new AppError('upload_locked', message));
  }

  private stopWatching(): void {
    clearInterval(this.watch);
    this.watch = undefined;
  }

  private end(): void {
    if (this.isOver) return;
    this.isOver = true;
    clearInterval(this.renewal);
    this.stopWatching();
    this.options.onEnd();
  }
}

function takenOver(): AppError {
  return new AppError('upload_locked', 'another request has taken this upload over');
}

function isMine(found: UploadEntry, known: UploadEntry): found is UploadEntry {
  return found.epoch === known.epoch;
}
