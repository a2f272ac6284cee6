import { type DynamicModule, Module } from '@nestjs/common';
import { AuditRpc } from './audit/audit.rpc.js';
import { FileEvents } from './files/file.events.js';
import { FilesRpc } from './files/files.rpc.js';
import { Metadata } from './metadata.js';

@Module({})
class MetadataModule {}

export function metadataModule(metadata: Metadata): DynamicModule {
  return {
    module: MetadataModule,
    controllers: [FileEvents, FilesRpc, AuditRpc],
    providers: [{ provide: Metadata, useValue: metadata }],
  };
}
