import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { type EventOf, FileDeleted } from '@wharf/contracts';
import { Janitor } from '../janitor.js';
import { removeLocalCopy } from './remove-local-copy.js';

@Controller()
export class FileEvents {
  constructor(private readonly janitor: Janitor) {}

  @EventPattern<string>(FileDeleted.type)
  async onFileDeleted(@Payload() event: EventOf<typeof FileDeleted>): Promise<void> {
    await removeLocalCopy(this.janitor, event.data.uid);
  }
}
