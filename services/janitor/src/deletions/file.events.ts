import { Controller } from '@nestjs/common';
import { type EventOf, FileDeleted } from '@wharf/contracts';
import { OnEvent } from '@wharf/messaging/nest';
import { Janitor } from '../janitor.js';
import { removeLocalCopy } from './remove-local-copy.js';

@Controller()
export class FileEvents {
  constructor(private readonly janitor: Janitor) {}

  @OnEvent(FileDeleted)
  async onFileDeleted(event: EventOf<typeof FileDeleted>): Promise<void> {
    await removeLocalCopy(this.janitor, event.data.uid);
  }
}
