import { type Caller, Uid } from '@wharf/contracts';
import type { Bus, Versioned } from '@wharf/messaging';
import { AppError, InFlight, type Logger } from '@wharf/service-kit';
import {
  isHeld,
  openUploadStore,
  requireOwn,
  requireUnexpired,
  type UploadEntry,
  type UploadStore,
} from './upload-entry.js';
import { UploadLease } from './upload-lease.js';
import { waitForUpload } from './wait-for-upload.js';

/** Told to all gateways: whoever holds the upload with this uid looks whether its client is still there. */
const wantedSubject = 'gateway.uploads.wanted';
/** Longer than a holder takes to say that it goes on. */
const graceMs = 5000;

export interface Taken {
  lease: UploadLease;
  /** Whether the holder before has not given it back, and may still write. */
  isTakenOver: boolean;
}

/** The uploads that requests of this gateway hold, and how it comes to hold one. */
export class UploadLeases {
  private readonly held = new Map<string, UploadLease>();
  private readonly running = new InFlight();

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
    private readonly leaseMs: number,
  ) {
    bus.listen(wantedSubject, (error, message) => {
      if (error) logger.warn({ error }, 'this gateway does not hear which uploads are wanted');
      else this.held.get(Uid.safeParse(message.string()).data ?? '')?.onWanted();
    });
  }

  /** Requests that write to an upload at the moment. */
  get count(): number {
    return this.running.count;
  }

  store(): Promise<UploadStore> {
    return openUploadStore(this.bus);
  }

  /** Of an upload that nobody else knows yet: held from the beginning. Throws `conflict` where there is one with this uid. */
  async create(uid: string, entry: UploadEntry): Promise<UploadLease> {
    const store = await this.store();
    const held = { ...entry, lease_until: this.nextEnd() };
    const revision = await store.create(uid, held);
    if (revision === undefined) throw new AppError('conflict', 'this upload was begun before');
    return this.hold(uid, held, { store, revision });
  }

  /**
   * Waits for the request that holds the upload: it is asked to end, and does so where its client is gone. A holder that died is succeeded when
   * its lease has run out. Throws `file_not_found`, `file_expired`, `upload_locked` (its client is there), `unavailable`.
   */
  async take(uid: string, caller: Caller): Promise<Taken> {
    const store = await this.store();
    for (;;) {
      const found = await this.wait(store, { uid, caller, timeoutMs: this.leaseMs + graceMs });
      if (isHeld(found.value)) throw new AppError('upload_locked', 'another request writes to this upload');
      requireUnexpired(found.value);
      const taken = await this.tryToTake(uid, found);
      if (taken) return taken;
    }
  }

  /** The same for one who does not wait, and asks no permission. Undefined where it is held, or was changed at this moment. */
  async tryToTake(uid: string, { value, revision }: Versioned<UploadEntry>): Promise<Taken | undefined> {
    if (isHeld(value)) return undefined;
    const store = await this.store();
    const taken = { ...value, epoch: value.epoch + 1, lease_until: this.nextEnd() };
    const next = await store.replace(uid, taken, revision);
    if (next === undefined) return undefined;
    return { lease: this.hold(uid, taken, { store, revision: next }), isTakenOver: value.lease_until !== null };
  }

  /** As it is once the request that holds it has ended, or goes on. Throws as `take`. */
  async read(uid: string, caller: Caller): Promise<UploadEntry> {
    const found = await this.wait(await this.store(), { uid, caller, timeoutMs: graceMs });
    requireUnexpired(found.value);
    return found.value;
  }

  /** Resolves when no request of this gateway holds an upload. */
  async close(): Promise<void> {
    await this.running.none();
  }

  private hold(
    uid: string,
    entry: UploadEntry,
    { store, revision }: { store: UploadStore; revision: number },
  ): UploadLease {
    const { leaseMs, logger } = this;
    const onEnd = () => {
      if (this.held.get(uid) === lease) this.held.delete(uid);
      this.running.end();
    };
    const lease: UploadLease = new UploadLease(uid, { value: entry, revision }, { store, logger, leaseMs, onEnd });
    this.running.begin();
    this.held.set(uid, lease);
    return lease;
  }

  private wait(
    store: UploadStore,
    { caller, timeoutMs, uid }: { uid: string; caller: Caller; timeoutMs: number },
  ): Promise<Versioned<UploadEntry>> {
    const read = async () => {
      const found = await store.read(uid);
      requireOwn(found?.value, caller);
      return found as Versioned<UploadEntry>;
    };
    return waitForUpload({ read, ask: () => this.bus.require().publish(wantedSubject, uid), timeoutMs });
  }

  private nextEnd(): string {
    return new Date(Date.now() + this.leaseMs).toISOString();
  }
}
