import { Controller } from '@nestjs/common';
import { ReplayEvent, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { replayEvent } from './replay-event.js';

@Controller()
export class ReplayRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ReplayEvent)
  async replayEvent(request: RpcRequest<typeof ReplayEvent>): Promise<RpcReply<typeof ReplayEvent>> {
    return { outcome: await replayEvent(this.metadata.orm, request) };
  }
}
