import { Controller } from '@nestjs/common';
import { CreateLink, ResolveLink, RevokeLink, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { createLink } from './create-link.js';
import { resolveLink } from './resolve-link.js';
import { revokeLink } from './revoke-link.js';

@Controller()
export class LinksRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(CreateLink)
  async create(request: RpcRequest<typeof CreateLink>): Promise<RpcReply<typeof CreateLink>> {
    await createLink(this.metadata.orm, request);
    return {};
  }

  @OnRpc(RevokeLink)
  async revoke(request: RpcRequest<typeof RevokeLink>): Promise<RpcReply<typeof RevokeLink>> {
    await revokeLink(this.metadata, request);
    return {};
  }

  @OnRpc(ResolveLink)
  resolve(request: RpcRequest<typeof ResolveLink>): Promise<RpcReply<typeof ResolveLink>> {
    return resolveLink(this.metadata, request);
  }
}
