import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ReplayEvent, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { Metadata } from '../metadata.js';
import { replayEvent } from './replay-event.js';

@Controller()
export class ReplayRpc {
  constructor(private readonly metadata: Metadata) {}

  @MessagePattern(ReplayEvent.subject)
  async replayEvent(@Payload() request: RpcRequest<typeof ReplayEvent>): Promise<RpcReply<typeof ReplayEvent>> {
    return { outcome: await replayEvent(this.metadata.orm, request) };
  }
}
