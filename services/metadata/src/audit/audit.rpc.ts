import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ListRecords, type LocatedFileRecord, RestorePlaces, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { Metadata } from '../metadata.js';
import { listRecords } from './list-records.js';
import { restorePlaces } from './restore-places.js';

@Controller()
export class AuditRpc {
  constructor(private readonly metadata: Metadata) {}

  @MessagePattern(ListRecords.subject)
  listRecords(@Payload() request: RpcRequest<typeof ListRecords>): Promise<RpcReply<typeof ListRecords>> {
    return listRecords(this.metadata.orm, request);
  }

  @MessagePattern(RestorePlaces.subject)
  restorePlaces(@Payload() request: RpcRequest<typeof RestorePlaces>): Promise<LocatedFileRecord> {
    return restorePlaces(this.metadata.orm, request);
  }
}
