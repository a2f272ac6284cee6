import { Controller } from '@nestjs/common';
import { type EventOf, FileLost, FilePurged, FileStored, FileSynced, FileSyncFailed } from '@wharf/contracts';
import { handleAlone, inBatches, OnEvent, type Received, type Refusal } from '@wharf/messaging/nest';
import { faultPoint } from '@wharf/service-kit';
import { Metadata } from '../metadata.js';
import { keepLoss } from '../timeline/keep-loss.js';
import { recordFailedCopy } from './record-failed-copy.js';
import { recordPurgedCopies } from './record-purged-copies.js';
import { recordPurgedCopy } from './record-purged-copy.js';
import { recordStoredFiles } from './record-stored-files.js';
import { recordSyncedCopies } from './record-synced-copies.js';
import { recordSyncedCopy } from './record-synced-copy.js';

/**
 * Each subject is consumed by itself, and several events at once: nothing here may count on an order. Every use case
 * takes an event twice without harm, and refuses one that came too early, so that it is delivered again. What every file
 * passes comes in batches of one statement each; what is special about an event of these is left to its own use case.
 */
@Controller()
export class FileEvents {
  constructor(private readonly metadata: Metadata) {}

  @OnEvent(FileStored, inBatches)
  async onFilesStored(batch: Received<EventOf<typeof FileStored>>[]): Promise<void> {
    for (const _ of batch) await faultPoint('metadata.before_commit');
    const files = batch.map(({ event }) => ({ stored: event.data }));
    await recordStoredFiles(this.metadata.orm, files);
    for (const _ of batch) await faultPoint('metadata.after_commit');
    // After the commit, and also when it was recorded before: whoever waits can read the record now. In one go, as NATS sends apart
    // what is published apart.
    for (const { event, context } of batch) context.confirm({ uid: event.data.uid });
  }

  @OnEvent(FileSynced, inBatches)
  async onFilesSynced(batch: Received<EventOf<typeof FileSynced>>[]): Promise<Refusal[]> {
    const copies = batch.map(({ event }) => event.data);
    const isRecorded = await recordSyncedCopies(this.metadata.orm, copies);
    const others = batch.filter(({ event }) => !isRecorded(event.data));
    return handleAlone(others, ({ data }) => recordSyncedCopy(this.metadata, data));
  }

  @OnEvent(FileSyncFailed)
  async onFileSyncFailed(event: EventOf<typeof FileSyncFailed>): Promise<void> {
    await recordFailedCopy(this.metadata.orm, event);
  }

  @OnEvent(FilePurged, inBatches)
  async onFilesPurged(batch: Received<EventOf<typeof FilePurged>>[]): Promise<Refusal[]> {
    const recorded = await recordPurgedCopies(
      this.metadata.orm,
      batch.map(({ event }) => event),
    );
    const others = batch.filter(({ event }) => !recorded.has(event.data.uid));
    return handleAlone(others, (event) => recordPurgedCopy(this.metadata.orm, event));
  }

  @OnEvent(FileLost)
  async onFileLost(event: EventOf<typeof FileLost>): Promise<void> {
    await keepLoss(this.metadata.orm, event);
  }
}
