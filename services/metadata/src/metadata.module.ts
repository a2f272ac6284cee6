import { type DynamicModule, Module } from '@nestjs/common';
import { AttachmentsRpc } from './attachments/attachments.rpc.js';
import { AuditRpc } from './audit/audit.rpc.js';
import { ClaimsRpc } from './claims/claims.rpc.js';
import { FileEvents } from './files/file.events.js';
import { FilesRpc } from './files/files.rpc.js';
import { LinksRpc } from './links/links.rpc.js';
import { Metadata } from './metadata.js';
import { QuotasRpc } from './quotas/quotas.rpc.js';
import { ReplayRpc } from './replay/replay.rpc.js';
import { RequestsRpc } from './requests/requests.rpc.js';
import { JanitorEvents } from './system/janitor.events.js';
import { SystemRpc } from './system/system.rpc.js';
import { TimelineRpc } from './timeline/timeline.rpc.js';

@Module({})
class MetadataModule {}

export function metadataModule(metadata: Metadata): DynamicModule {
  return {
    module: MetadataModule,
    controllers: [
      FileEvents,
      FilesRpc,
      JanitorEvents,
      TimelineRpc,
      ClaimsRpc,
      LinksRpc,
      QuotasRpc,
      ReplayRpc,
      AuditRpc,
      AttachmentsRpc,
      RequestsRpc,
      SystemRpc,
    ],
    providers: [{ provide: Metadata, useValue: metadata }],
  };
}
