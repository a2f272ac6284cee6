import { Controller } from '@nestjs/common';
import { ListRecords, type LocatedFileRecord, RestorePlaces, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { listRecords } from './list-records.js';
import { restorePlaces } from './restore-places.js';

@Controller()
export class AuditRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ListRecords)
  listRecords(request: RpcRequest<typeof ListRecords>): Promise<RpcReply<typeof ListRecords>> {
    return listRecords(this.metadata.orm, request);
  }

  @OnRpc(RestorePlaces)
  restorePlaces(request: RpcRequest<typeof RestorePlaces>): Promise<LocatedFileRecord> {
    return restorePlaces(this.metadata.orm, request);
  }
}
