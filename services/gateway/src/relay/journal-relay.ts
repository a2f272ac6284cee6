import { hash } from 'node:crypto';
import { FileStored, GetFile, PlacedFileStored, serviceCaller } from '@wharf/contracts';
import { backlogOf, callRpc, publishEvent } from '@wharf/messaging';
import { AppError, forEachConcurrently, hasCode } from '@wharf/service-kit';
import { layout, type StoredFile } from '@wharf/volume';
import { findRecord } from '../files/find-record.js';
import type { Gateway } from '../gateway.js';
import { completeFile } from '../uploads/announce-file.js';
import type { StoredEvent } from '../uploads/plan-file.js';

const intervalMs = 3000;

/**
 * Longer than an upload may hold its own entry (publishing and waiting for the record): the relay does not get in the way of
 * one that is still running.
 */
const minAgeMs = 10_000;

/** Entries that are finished at a time: an outage leaves many, and each waits for the disk and for NATS. */
const width = 32;

/** After so long an event of which metadata knows nothing is looked after, and after twice that the next time: it may be one that metadata refuses. */
const firstDoubtMs = 20_000;
const longestDoubtMs = 3_600_000;

/** A purge is recorded in less time than this, once it has removed the file: where metadata answers, and knows of none, there was none. */
const purgeMs = 10_000;

/** When this process has published the event of an entry, and after how long it doubts that metadata will get it. */
interface Published {
  atMs: number;
  doubtMs: number;
}

/** What was found of a promised file: its bytes, in their place now, or that they have been there and went. */
type Finished = StoredFile | 'gone';

/**
 * Finishes what a dead gateway, or a NATS or metadata that was away, left in the journal: move into place, publish, and drop the entry once
 * metadata has the record. JetStream's acknowledgement is not enough for that: it syncs late, and a power cut takes what it had acknowledged.
 * Any replica may do it, even several at once: every step is repeatable, and JetStream drops the second event.
 */
export class JournalRelay {
  private timer: NodeJS.Timeout | undefined;
  private keeping: NodeJS.Timeout | undefined;
  private pass: Promise<void> | undefined;
  private isStopped = false;
  /** The entries whose records it waits for. */
  private published: ReadonlyMap<string, Published> = new Map();
  /** Files that are in the cloud and should be on the volume as well, and since when they were found not to be. */
  private readonly missingSince = new Map<string, number>();
  /** Of this pass. */
  private isMetadataAway = false;
  private metadataIsBehind: Promise<boolean> | undefined;

  constructor(private readonly gateway: Gateway) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), intervalMs);
    this.wake();
    // Apart from the passes: one that has much to announce takes longer than others wait before they adopt.
    this.keeping = setInterval(() => void this.keepJournal(), intervalMs);
  }

  /** Begins a pass unless one is running. */
  wake(): void {
    if (this.isStopped || this.pass) return;
    this.pass = this.relayAll()
      .catch((error: unknown) => this.gateway.logger.warn({ error }, 'relaying the journal stopped; it goes on later'))
      .finally(() => {
        this.pass = undefined;
      });
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await this.pass;
    clearInterval(this.keeping);
    await this.gateway.volume.flush();
    // What is finished leaves no file; the rest is for another gateway.
    await this.keepJournal(Number.POSITIVE_INFINITY);
  }

  private async keepJournal(adoptAfterMs = minAgeMs): Promise<void> {
    const { logger, volume } = this.gateway;
    try {
      const { damaged } = await volume.journal.heartbeat(adoptAfterMs);
      for (const segment of damaged)
        logger.error({ segment }, 'lines of the journal cannot be read; *.damaged keeps them');
    } catch (error) {
      logger.warn({ error }, 'the journal could not be kept in order; it is tried again');
    }
  }

  private async relayAll(): Promise<void> {
    const { bus, volume } = this.gateway;
    if (!bus.isConnected) return;
    this.isMetadataAway = false;
    this.metadataIsBehind = undefined;
    const published = new Map<string, Published>();
    try {
      await forEachConcurrently(volume.journal.pending(minAgeMs), width, async (uid) => {
        const waiting = this.isStopped ? undefined : await this.relay(uid);
        if (waiting) published.set(uid, waiting);
      });
      this.published = published;
    } catch (error) {
      // What the rest of the pass would have found is as it was.
      this.published = new Map([...this.published, ...published]);
      throw error;
    }
  }

  /** What is known of an entry that waits for its record. Throws what publishing threw: NATS is away again, and the rest would fail alike. */
  private async relay(uid: string): Promise<Published | undefined> {
    const published = this.published.get(uid);
    const next = published ? await this.nextStep(uid, published) : 'publish';
    if (next === 'wait') return published;
    const entry = await this.finish(uid);
    if (!entry) return undefined;
    if (next === 'drop') {
      void completeFile(this.gateway, uid, entry.stored);
      return undefined;
    }
    const { event } = entry;
    // By its own id JetStream would drop what it remembers, and may have lost.
    await publishEvent(this.gateway.bus, event, published && { messageId: `${event.id}.again` });
    this.gateway.logger.info({ uid }, 'an unfinished upload was announced');
    const doubtMs = published ? Math.min(2 * published.doubtMs, longestDoubtMs) : firstDoubtMs;
    return { atMs: performance.now(), doubtMs };
  }

  private async nextStep(uid: string, published: Published): Promise<'drop' | 'publish' | 'wait'> {
    if (this.isMetadataAway) return 'wait';
    try {
      if (await findRecord(this.gateway, uid)) return 'drop';
    } catch {
      // One answer stands for all: each of thousands of entries would wait for its own.
      this.isMetadataAway = true;
      return 'wait';
    }
    return (await this.isLost(published)) ? 'publish' : 'wait';
  }

  /** Whether metadata has handled all that JetStream has, a while after the event was stored there, and knows nothing of it. */
  private async isLost({ atMs, doubtMs }: Published): Promise<boolean> {
    if (performance.now() - atMs < doubtMs) return false;
    this.metadataIsBehind ??= backlogOf(this.gateway.bus, 'metadata', FileStored).then(
      (backlog) => backlog > 0,
      () => true,
    );
    return !(await this.metadataIsBehind);
  }

  /** The entry's event, with its file in place. Undefined where that has to wait, or there is nothing to finish any more. */
  private async finish(uid: string): Promise<{ event: StoredEvent; stored: StoredFile } | undefined> {
    const { logger, volume } = this.gateway;
    try {
      const { content, bytes } = await volume.journal.read(uid);
      const event = readEvent(content);
      const stored = await (bytes ? this.finishShort(event.data, bytes) : this.finishLong(uid));
      if (stored !== 'gone') return { event, stored };
      volume.journal.remove(uid);
    } catch (error) {
      // What waits, as for metadata, holds up nobody else.
      if (hasCode(error, 'unavailable')) logger.debug({ error, uid }, 'a journal entry is finished later');
      else logger.error({ error, uid }, 'a journal entry cannot be finished');
    }
    return undefined;
  }

  /**
   * Moves the staged file into place if that is not done yet. Gone when there is neither: the entry came back after a power cut,
   * and its file was announced and has been purged or deleted since. Throws `file_not_found` when metadata does not know the file either;
   * then the entry stays for whoever looks into it.
   */
  private async finishLong(uid: string): Promise<Finished> {
    try {
      return await this.gateway.volume.finishStoring(uid, undefined);
    } catch (error) {
      if (!hasCode(error, 'file_not_found')) throw error;
      await callRpc(this.gateway.bus, GetFile, { uid, caller: serviceCaller });
      return 'gone';
    }
  }

  /**
   * Puts the entry's bytes into their place, once more or for the first time. Gone when they have been there: the file was announced
   * and has been purged or deleted since. Throws `unavailable` when that may just be happening.
   */
  private async finishShort({ uid, sha256 }: StoredEvent['data'], bytes: Buffer): Promise<Finished> {
    const { volume } = this.gateway;
    if (hash('sha256', bytes) !== sha256)
      throw new AppError('internal', 'the bytes of a journal entry are not those of its file');
    const isThere = (await volume.sizeOf(layout.file(uid))) !== undefined;
    // One that metadata does not know was never announced, or has not arrived there yet.
    const record = isThere ? undefined : await findRecord(this.gateway, uid);
    if (record?.local && record.cloud_path !== null) this.requireNoPurge(uid);
    this.missingSince.delete(uid);
    if (record?.local === false) return 'gone';
    return volume.finishStoring(uid, bytes, { isThere });
  }

  /** A power cut may have taken the file, or a purge that is not recorded yet: put there now, its bytes would stay for ever. */
  private requireNoPurge(uid: string): void {
    const sinceMs = this.missingSince.get(uid) ?? performance.now();
    this.missingSince.set(uid, sinceMs);
    if (performance.now() - sinceMs < purgeMs)
      throw new AppError('unavailable', 'the local copy may be being freed at this moment');
  }
}

function readEvent(content: unknown): StoredEvent {
  const event = PlacedFileStored.envelope.safeParse(content);
  if (!event.success) throw new AppError('internal', 'a journal entry of a wrong shape', { cause: event.error });
  return event.data;
}
