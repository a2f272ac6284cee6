import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { CreateLink, ResolveLink, RevokeLink, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { Metadata } from '../metadata.js';
import { createLink } from './create-link.js';
import { resolveLink } from './resolve-link.js';
import { revokeLink } from './revoke-link.js';

@Controller()
export class LinksRpc {
  constructor(private readonly metadata: Metadata) {}

  @MessagePattern(CreateLink.subject)
  async create(@Payload() request: RpcRequest<typeof CreateLink>): Promise<RpcReply<typeof CreateLink>> {
    await createLink(this.metadata.orm, request);
    return {};
  }

  @MessagePattern(RevokeLink.subject)
  async revoke(@Payload() request: RpcRequest<typeof RevokeLink>): Promise<RpcReply<typeof RevokeLink>> {
    await revokeLink(this.metadata, request);
    return {};
  }

  @MessagePattern(ResolveLink.subject)
  resolve(@Payload() request: RpcRequest<typeof ResolveLink>): Promise<RpcReply<typeof ResolveLink>> {
    return resolveLink(this.metadata, request);
  }
}
