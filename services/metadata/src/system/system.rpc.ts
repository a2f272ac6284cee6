import { Controller } from '@nestjs/common';
import {
  DropDeadLetter,
  ListDeadLetters,
  ReadSystem,
  ReplayDeadLetter,
  type RpcReply,
  type RpcRequest,
} from '@wharf/contracts';
import { dropDeadLetter } from '@wharf/messaging';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { giveBackLetter } from './give-back-letter.js';
import { pageDeadLetters } from './page-dead-letters.js';
import { readSystem } from './read-system.js';
import { requireAdmin } from './require-admin.js';

@Controller()
export class SystemRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ReadSystem)
  async read({ caller }: RpcRequest<typeof ReadSystem>): Promise<RpcReply<typeof ReadSystem>> {
    requireAdmin(caller);
    return readSystem(this.metadata);
  }

  @OnRpc(ListDeadLetters)
  async listDeadLetters(request: RpcRequest<typeof ListDeadLetters>): Promise<RpcReply<typeof ListDeadLetters>> {
    requireAdmin(request.caller);
    return pageDeadLetters(this.metadata, request);
  }

  @OnRpc(ReplayDeadLetter)
  async replay({ caller, seq }: RpcRequest<typeof ReplayDeadLetter>): Promise<RpcReply<typeof ReplayDeadLetter>> {
    requireAdmin(caller);
    await giveBackLetter(this.metadata, seq);
    return {};
  }

  @OnRpc(DropDeadLetter)
  async drop({ caller, seq }: RpcRequest<typeof DropDeadLetter>): Promise<RpcReply<typeof DropDeadLetter>> {
    requireAdmin(caller);
    await dropDeadLetter(this.metadata.bus, seq);
    return {};
  }
}
