import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type EventOf, FilePurged, FileStored, FileSynced, FileSyncFailed } from '@wharf/contracts';
import type { EventContext } from '@wharf/messaging/nest';
import { faultPoint } from '@wharf/service-kit';
import { Metadata } from '../metadata.js';
import { recordFailedCopy } from './record-failed-copy.js';
import { recordPurgedCopy } from './record-purged-copy.js';
import { recordStoredFile } from './record-stored-file.js';
import { recordSyncedCopy } from './record-synced-copy.js';

/**
 * Each subject is consumed by itself, and several events at once: nothing here may count on an order. Every use case
 * takes an event twice without harm, and refuses one that came too early, so that it is delivered again.
 */
@Controller()
export class FileEvents {
  constructor(private readonly metadata: Metadata) {}

  @EventPattern<string>(FileStored.type)
  async onFileStored(@Payload() event: EventOf<typeof FileStored>, @Ctx() context: EventContext): Promise<void> {
    await faultPoint('metadata.before_commit');
    await recordStoredFile(this.metadata.orm, event.data);
    await faultPoint('metadata.after_commit');
    // After the commit, and also when it was recorded before: whoever waits can read the record now.
    context.confirm({ uid: event.data.uid });
  }

  @EventPattern<string>(FileSynced.type)
  async onFileSynced(@Payload() event: EventOf<typeof FileSynced>): Promise<void> {
    await recordSyncedCopy(this.metadata, event.data);
  }

  @EventPattern<string>(FileSyncFailed.type)
  async onFileSyncFailed(@Payload() event: EventOf<typeof FileSyncFailed>): Promise<void> {
    await recordFailedCopy(this.metadata.orm, event.data);
  }

  @EventPattern<string>(FilePurged.type)
  async onFilePurged(@Payload() event: EventOf<typeof FilePurged>): Promise<void> {
    await recordPurgedCopy(this.metadata.orm, event.data);
  }
}
