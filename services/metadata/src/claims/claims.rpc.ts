import { Controller } from '@nestjs/common';
import {
  ClaimArchive,
  ClaimDownload,
  RenewClaims,
  type RpcReply,
  type RpcRequest,
  SettleDownload,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { claimArchive } from './archives/claim-archive.js';
import { claimDownload } from './claim-download.js';
import { renewClaims } from './renew-claims.js';
import { settleDownload } from './settle-download.js';

@Controller()
export class ClaimsRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ClaimDownload)
  claim(request: RpcRequest<typeof ClaimDownload>): Promise<RpcReply<typeof ClaimDownload>> {
    return claimDownload(this.metadata, request);
  }

  @OnRpc(ClaimArchive)
  claimArchive(request: RpcRequest<typeof ClaimArchive>): Promise<RpcReply<typeof ClaimArchive>> {
    return claimArchive(this.metadata, request);
  }

  @OnRpc(SettleDownload)
  async settle(request: RpcRequest<typeof SettleDownload>): Promise<RpcReply<typeof SettleDownload>> {
    await settleDownload(this.metadata, request);
    return {};
  }

  @OnRpc(RenewClaims)
  async renew({ claim_ids }: RpcRequest<typeof RenewClaims>): Promise<RpcReply<typeof RenewClaims>> {
    await renewClaims(this.metadata, claim_ids);
    return {};
  }
}
