import {
  type Caller,
  FileDeleted,
  FilePurged,
  FileUpdated,
  GetFile,
  Header,
  type LocatedFileRecord,
  mayRead,
} from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { Batcher, type Logger } from '@wharf/service-kit';
import { LRUCache } from 'lru-cache';

/** What one gateway tells all others, beside the events: they come a moment later, and this before the client's answer. */
const forgottenSubject = 'gateway.records.forgotten';

/** Bounds memory: a record takes 1 to 10 KB. */
const limit = 2000;
/** What may be missed, in a cluster of NATS servers or by a gateway that died before it told, is not missed for longer. */
const keepMs = 1000;

/** `record` comes when it was read. */
interface Entry {
  record?: LocatedFileRecord;
}

/**
 * Records of files that are being downloaded, kept for a moment, so that a busy file does not ask metadata for every range.
 * A kept record is used only after a round trip to NATS that began after the request came, shared by all who wait for one: what another
 * gateway has told before it answered a DELETE or a PATCH arrives with it. A file whose deletion was answered is therefore served by no
 * gateway. Files with limits are never kept: metadata decides about each of their downloads.
 */
export class RecordCache {
  private readonly entries = new LRUCache<string, Entry>({ max: limit, ttl: keepMs });
  private readonly roundTrip: Batcher;
  private isSubscribed = false;
  /** NATS has refused a subscription, which is over for good. */
  private isDeaf = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    this.roundTrip = new Batcher(() => bus.roundTrip());
    bus.onConnected(() => this.follow());
  }

  /**
   * The record, deleted or not. It is kept for all who may read it. Others are answered by metadata, as for a file that is not there: not even the
   * time that it takes tells that somebody reads it. Throws `file_not_found`, `unavailable`.
   */
  async get(uid: string, caller: Caller): Promise<LocatedFileRecord> {
    const entry = this.entries.get(uid);
    if (!entry?.record) return this.read(uid, caller);
    if (!mayRead(entry.record, caller)) return this.ask(uid, caller);
    return (await this.isCurrent(uid, entry)) ? entry.record : this.read(uid, caller);
  }

  /** To be called when the record was changed and before the client hears of it. Throws `unavailable` when not all could be told. */
  async forget(uid: string): Promise<void> {
    this.entries.delete(uid);
    this.bus.require().publish(forgottenSubject, uid);
    await this.roundTrip.add();
  }

  private async isCurrent(uid: string, entry: Entry): Promise<boolean> {
    try {
      await this.roundTrip.add();
    } catch (error) {
      this.logger.debug({ error }, 'whether kept records are current cannot be said');
      return false;
    }
    return this.entries.peek(uid) === entry;
  }

  /** A change that is told meanwhile removes the entry: what was read before it is not kept. */
  private async read(uid: string, caller: Caller): Promise<LocatedFileRecord> {
    const entry: Entry = {};
    if (this.isSubscribed && !this.isDeaf) this.entries.set(uid, entry);
    const record = await this.ask(uid, caller);
    if (mayBeKept(record)) entry.record = record;
    return record;
  }

  private ask(uid: string, caller: Caller): Promise<LocatedFileRecord> {
    return callRpc(this.bus, GetFile, { uid, caller });
  }

  /** While there was no connection anything may have been told. */
  private follow(): void {
    this.entries.clear();
    // Subscriptions outlive reconnects by themselves.
    if (this.isSubscribed) return;
    const connection = this.bus.require();
    connection.subscribe(forgottenSubject, {
      callback: (error, message) => (error ? this.keepNothing() : this.entries.delete(message.string())),
    });
    for (const { type } of [FileDeleted, FileUpdated, FilePurged]) {
      connection.subscribe(type, {
        callback: (error, message) =>
          error ? this.keepNothing() : this.entries.delete(message.headers?.get(Header.eventSubject) ?? ''),
      });
    }
    this.isSubscribed = true;
  }

  private keepNothing(): void {
    this.isDeaf = true;
    this.entries.clear();
  }
}

/** An attachment that was not read yet is not kept either: nobody tells when it is. */
function mayBeKept({ max_downloads: max, sha256, status }: LocatedFileRecord): boolean {
  return max === null && sha256 !== null && status !== 'deleted' && status !== 'quarantined';
}
