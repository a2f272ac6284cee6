import { type DynamicModule, Module } from '@nestjs/common';
import { AuditsRpc } from './audit/audits.rpc.js';
import { FileEvents } from './deletions/file.events.js';
import { Janitor } from './janitor.js';

export function janitorModule(janitor: Janitor): DynamicModule {
  return {
    module: JanitorModule,
    controllers: [FileEvents, AuditsRpc],
    providers: [{ provide: Janitor, useValue: janitor }],
  };
}

@Module({})
class JanitorModule {}
