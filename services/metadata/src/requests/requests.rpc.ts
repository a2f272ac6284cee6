import { Controller } from '@nestjs/common';
import {
  CreateRequest,
  GetRequest,
  type KeptRequest,
  ListRequests,
  ResolveRequest,
  type RpcReply,
  type RpcRequest,
  UnlockRequest,
  UpdateRequest,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { createRequest } from './create-request.js';
import { getRequest } from './get-request.js';
import { listRequests } from './list-requests.js';
import { resolveRequest } from './resolve-request.js';
import { unlockRequest } from './unlock-request.js';
import { updateRequest } from './update-request.js';

@Controller()
export class RequestsRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(CreateRequest)
  create(request: RpcRequest<typeof CreateRequest>): Promise<KeptRequest> {
    return createRequest(this.metadata, request);
  }

  @OnRpc(ListRequests)
  list(request: RpcRequest<typeof ListRequests>): Promise<RpcReply<typeof ListRequests>> {
    return this.metadata.lists.run(() => listRequests(this.metadata.orm, request));
  }

  @OnRpc(GetRequest)
  get(request: RpcRequest<typeof GetRequest>): Promise<KeptRequest> {
    return getRequest(this.metadata.orm, request);
  }

  @OnRpc(UpdateRequest)
  update(request: RpcRequest<typeof UpdateRequest>): Promise<KeptRequest> {
    return updateRequest(this.metadata.orm, request);
  }

  @OnRpc(ResolveRequest)
  resolve(request: RpcRequest<typeof ResolveRequest>): Promise<RpcReply<typeof ResolveRequest>> {
    return resolveRequest(this.metadata.orm, request);
  }

  @OnRpc(UnlockRequest)
  unlock(request: RpcRequest<typeof UnlockRequest>): Promise<RpcReply<typeof UnlockRequest>> {
    return unlockRequest(this.metadata, request);
  }
}
