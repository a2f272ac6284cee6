import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ClaimDownload, RenewClaims, type RpcReply, type RpcRequest, SettleDownload } from '@wharf/contracts';
import { Metadata } from '../metadata.js';
import { claimDownload } from './claim-download.js';
import { renewClaims } from './renew-claims.js';
import { settleDownload } from './settle-download.js';

@Controller()
export class ClaimsRpc {
  constructor(private readonly metadata: Metadata) {}

  @MessagePattern(ClaimDownload.subject)
  claim(@Payload() request: RpcRequest<typeof ClaimDownload>): Promise<RpcReply<typeof ClaimDownload>> {
    return claimDownload(this.metadata, request);
  }

  @MessagePattern(SettleDownload.subject)
  async settle(@Payload() request: RpcRequest<typeof SettleDownload>): Promise<RpcReply<typeof SettleDownload>> {
    await settleDownload(this.metadata, request);
    return {};
  }

  @MessagePattern(RenewClaims.subject)
  async renew(@Payload() { claim_ids }: RpcRequest<typeof RenewClaims>): Promise<RpcReply<typeof RenewClaims>> {
    await renewClaims(this.metadata, claim_ids);
    return {};
  }
}
