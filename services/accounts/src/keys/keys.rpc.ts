import { Controller } from '@nestjs/common';
import {
  type ApiKey,
  CreateApiKey,
  ListApiKeys,
  RevokeApiKey,
  type RpcReply,
  type RpcRequest,
  VerifyApiKey,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Accounts } from '../accounts.js';
import { createApiKey } from './create-api-key.js';
import { listApiKeys } from './list-api-keys.js';
import { revokeApiKey } from './revoke-api-key.js';
import { verifyApiKey } from './verify-api-key.js';

@Controller()
export class KeysRpc {
  constructor(private readonly accounts: Accounts) {}

  @OnRpc(CreateApiKey)
  create(request: RpcRequest<typeof CreateApiKey>): Promise<ApiKey> {
    return createApiKey(this.accounts, request);
  }

  @OnRpc(ListApiKeys)
  async list({ caller }: RpcRequest<typeof ListApiKeys>): Promise<RpcReply<typeof ListApiKeys>> {
    return { keys: await listApiKeys(this.accounts.orm, caller) };
  }

  @OnRpc(RevokeApiKey)
  async revoke(request: RpcRequest<typeof RevokeApiKey>): Promise<RpcReply<typeof RevokeApiKey>> {
    await revokeApiKey(this.accounts, request);
    return {};
  }

  @OnRpc(VerifyApiKey)
  verify(request: RpcRequest<typeof VerifyApiKey>): Promise<RpcReply<typeof VerifyApiKey>> {
    return verifyApiKey(this.accounts, request);
  }
}
