import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { type EventOf, FileDeleted, FileStored } from '@wharf/contracts';
import { EventContext } from '@wharf/messaging/nest';
import { CloudSync } from '../cloud-sync.js';
import { copyToCloud } from './copy-to-cloud.js';
import { removeFromCloud } from './remove-from-cloud.js';
import { reportFailedCopy } from './report-failed-copy.js';

/** Both subjects are consumed side by side and in no common order: see the promises of the use cases. */
@Controller()
export class FileEvents {
  constructor(private readonly cloudSync: CloudSync) {}

  @EventPattern<string>(FileStored.type)
  async onFileStored(@Payload() event: EventOf<typeof FileStored>, @Ctx() context: EventContext): Promise<void> {
    try {
      await copyToCloud(this.cloudSync, event.data, context.signal);
    } catch (error) {
      if (context.isLastAttempt) {
        await reportFailedCopy(this.cloudSync, { uid: event.data.uid, attempts: context.attempt, error });
      }
      throw error;
    }
  }

  @EventPattern<string>(FileDeleted.type)
  async onFileDeleted(@Payload() event: EventOf<typeof FileDeleted>): Promise<void> {
    await removeFromCloud(this.cloudSync, event.data.uid);
  }
}
