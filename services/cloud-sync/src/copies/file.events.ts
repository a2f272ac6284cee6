import { Controller } from '@nestjs/common';
import { type EventOf, FileDeleted, FileStored } from '@wharf/contracts';
import { EventContext, OnEvent } from '@wharf/messaging/nest';
import { CloudSync } from '../cloud-sync.js';
import { copyToCloud } from './copy-to-cloud.js';
import { digestAttachment } from './digest-attachment.js';
import { removeFromCloud } from './remove-from-cloud.js';
import { reportFailedCopy } from './report-failed-copy.js';

/** Both subjects are consumed side by side and in no common order: see the promises of the use cases. */
@Controller()
export class FileEvents {
  constructor(private readonly cloudSync: CloudSync) {}

  @OnEvent(FileStored)
  async onFileStored(event: EventOf<typeof FileStored>, context: EventContext): Promise<void> {
    try {
      if (event.data.local_path === null) await digestAttachment(this.cloudSync, event.data, context);
      else await copyToCloud(this.cloudSync, event.data, context);
    } catch (error) {
      if (context.isLastAttempt) {
        await reportFailedCopy(this.cloudSync, { uid: event.data.uid, attempts: context.attempt, error });
      }
      throw error;
    }
  }

  @OnEvent(FileDeleted)
  async onFileDeleted(event: EventOf<typeof FileDeleted>): Promise<void> {
    await removeFromCloud(this.cloudSync, event.data.uid);
  }
}
