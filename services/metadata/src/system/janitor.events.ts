import { Controller } from '@nestjs/common';
import { AuditCompleted, type EventOf, SweepCompleted } from '@wharf/contracts';
import { OnEvent } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { auditKind, recordRun } from './janitor-runs.js';

@Controller()
export class JanitorEvents {
  constructor(private readonly metadata: Metadata) {}

  @OnEvent(SweepCompleted)
  async onSweepCompleted(event: EventOf<typeof SweepCompleted>): Promise<void> {
    await recordRun(this.metadata.orm, event.data.sweep, event);
  }

  @OnEvent(AuditCompleted)
  async onAuditCompleted(event: EventOf<typeof AuditCompleted>): Promise<void> {
    await recordRun(this.metadata.orm, auditKind, event);
  }
}
