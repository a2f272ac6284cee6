import { Controller } from '@nestjs/common';
import { ReleaseReservation, RenewReservations, ReserveUpload, type RpcReply, type RpcRequest } from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { releaseReservation } from './release-reservation.js';
import { renewReservations } from './renew-reservations.js';
import { reserveUpload } from './reserve-upload.js';

@Controller()
export class QuotasRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ReserveUpload)
  reserve(request: RpcRequest<typeof ReserveUpload>): Promise<RpcReply<typeof ReserveUpload>> {
    return reserveUpload(this.metadata.orm, request);
  }

  @OnRpc(RenewReservations)
  renew(request: RpcRequest<typeof RenewReservations>): Promise<RpcReply<typeof RenewReservations>> {
    return renewReservations(this.metadata.orm, request);
  }

  @OnRpc(ReleaseReservation)
  async release(request: RpcRequest<typeof ReleaseReservation>): Promise<RpcReply<typeof ReleaseReservation>> {
    await releaseReservation(this.metadata.orm, request);
    return {};
  }
}
