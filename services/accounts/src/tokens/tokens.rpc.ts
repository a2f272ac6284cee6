import { Controller } from '@nestjs/common';
import { ReadTrust, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Accounts } from '../accounts.js';
import { readTrust } from './read-trust.js';

@Controller()
export class TokensRpc {
  constructor(private readonly accounts: Accounts) {}

  @OnRpc(ReadTrust)
  readTrust(_request: RpcRequest<typeof ReadTrust>): Promise<RpcReply<typeof ReadTrust>> {
    return readTrust(this.accounts.orm);
  }
}
