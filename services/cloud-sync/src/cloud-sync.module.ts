import { type DynamicModule, Module } from '@nestjs/common';
import { CloudSync } from './cloud-sync.js';
import { FileEvents } from './copies/file.events.js';

export function cloudSyncModule(cloudSync: CloudSync): DynamicModule {
  return {
    module: CloudSyncModule,
    controllers: [FileEvents],
    providers: [{ provide: CloudSync, useValue: cloudSync }],
  };
}

@Module({})
class CloudSyncModule {}
