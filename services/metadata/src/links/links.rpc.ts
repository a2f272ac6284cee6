import { Controller } from '@nestjs/common';
import {
  CreateLink,
  ListLinks,
  ResolveLink,
  RevokeLink,
  type RpcReply,
  type RpcRequest,
  UnlockLink,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { createLink } from './create-link.js';
import { listLinks } from './list-links.js';
import { resolveLink } from './resolve-link.js';
import { revokeLink } from './revoke-link.js';
import { unlockLink } from './unlock-link.js';

@Controller()
export class LinksRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(CreateLink)
  create(request: RpcRequest<typeof CreateLink>): Promise<RpcReply<typeof CreateLink>> {
    return createLink(this.metadata, request);
  }

  @OnRpc(ListLinks)
  list(request: RpcRequest<typeof ListLinks>): Promise<RpcReply<typeof ListLinks>> {
    return this.metadata.lists.run(() => listLinks(this.metadata, request));
  }

  @OnRpc(UnlockLink)
  unlock(request: RpcRequest<typeof UnlockLink>): Promise<RpcReply<typeof UnlockLink>> {
    return unlockLink(this.metadata, request);
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
