import { Controller } from '@nestjs/common';
import { type RpcReply, type RpcRequest, StartAudit } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { AppError } from '@wharf/service-kit';
import { Janitor } from '../janitor.js';

@Controller()
export class AuditsRpc {
  constructor(private readonly janitor: Janitor) {}

  @OnRpc(StartAudit)
  async start({ caller, ...wanted }: RpcRequest<typeof StartAudit>): Promise<RpcReply<typeof StartAudit>> {
    if (!caller.scopes.includes('admin')) throw new AppError('forbidden', 'this needs the scope admin');
    return { id: await this.janitor.audits.start(this.janitor, wanted) };
  }
}
