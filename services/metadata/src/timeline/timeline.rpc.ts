import { Controller } from '@nestjs/common';
import { ReadTimeline, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { readTimeline } from './read-timeline.js';

@Controller()
export class TimelineRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ReadTimeline)
  read(request: RpcRequest<typeof ReadTimeline>): Promise<RpcReply<typeof ReadTimeline>> {
    return readTimeline(this.metadata.orm, request);
  }
}
