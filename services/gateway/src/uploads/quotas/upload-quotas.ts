import { ReleaseReservation, RenewReservations, ReserveUpload, type RpcReply } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { InFlight, type Logger } from '@wharf/service-kit';
import { RenewedLeases } from '../../leases/renewed-leases.js';
import { isOwnersLimited, noLimits, type OwnedQuota } from './owned-quota.js';
import { QuotaReservation } from './quota-reservation.js';

/** Whoever waits for the answer to a failed upload does not wait longer for this: what is not given back lapses. */
const releaseTimeoutMs = 1000;
/** Of one request. */
const batchSize = 1000;

/**
 * What this gateway's uploads have reserved in the quotas of their owners, which metadata keeps. Each reservation is renewed until it is
 * settled by the record of its file, or released; what a dead gateway held lapses.
 */
export class UploadQuotas {
  private readonly renewed: RenewedLeases<QuotaReservation>;
  private readonly releasing = new InFlight();

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    this.renewed = new RenewedLeases('running uploads', (reservations) => this.renew(reservations), logger);
  }

  /** A reservation for the file `uid`, of which nothing is reserved yet. */
  open(owner: OwnedQuota, uid: string): QuotaReservation {
    return new QuotaReservation(this, owner, uid);
  }

  /** Throws `quota_exceeded`, `rate_limited`, `unavailable`. */
  async reserve(
    reservation: QuotaReservation,
    { bytes, leastBytes }: { bytes: number; leastBytes: number },
  ): Promise<RpcReply<typeof ReserveUpload>> {
    const { owner, uid } = reservation;
    const reply = await callRpc(this.bus, ReserveUpload, {
      owner_id: owner.ownerId,
      ...requestOf(owner),
      reservation_id: uid,
      bytes,
      least_bytes: leastBytes,
      limits: owner.limits,
    });
    if (reply.is_recorded) this.renewed.drop(reservation);
    else this.renewed.hold(reservation, reply.lease_ms);
    return reply;
  }

  /** It is renewed no more: it was settled, or lapses. */
  drop(reservation: QuotaReservation): void {
    this.renewed.drop(reservation);
  }

  /** Resolves when metadata has heard of it, or did not answer: then it lapses. */
  async release(reservation: QuotaReservation): Promise<void> {
    const { owner, uid } = reservation;
    this.drop(reservation);
    this.releasing.begin();
    try {
      const request = { owner_id: owner.ownerId, ...requestOf(owner), reservation_id: uid };
      await callRpc(this.bus, ReleaseReservation, request, { timeoutMs: releaseTimeoutMs });
    } catch (error) {
      this.logger.warn({ error, uid }, 'what a failed upload had reserved is left to lapse');
    } finally {
      this.releasing.end();
    }
  }

  /** What an upload holds that no request works on. */
  async releaseOf(owner: Pick<OwnedQuota, 'ownerId' | 'requestId'>, uid: string): Promise<void> {
    await this.release(this.open({ ...owner, limits: noLimits }, uid));
  }

  /** For an upload on which no request works, whatever the limits are. Throws `unavailable`. */
  async holdFor(ownerId: string, uid: string, bytes: number): Promise<void> {
    const reservation = this.open({ ownerId, limits: noLimits }, uid);
    await reservation.begin({ certainBytes: bytes, isStated: true });
    reservation.leave();
  }

  /** Keeps what uploads hold on which no request works. Uids without a reservation do no harm. */
  async renewAll(uids: readonly string[]): Promise<void> {
    for (let first = 0; first < uids.length; first += batchSize) {
      const ids = uids.slice(first, first + batchSize);
      await callRpc(this.bus, RenewReservations, { reservation_ids: ids, delivery_ids: ids });
    }
  }

  async close(): Promise<void> {
    this.renewed.close();
    await this.releasing.none();
  }

  private async renew(reservations: QuotaReservation[]): Promise<void> {
    const reply = await callRpc(this.bus, RenewReservations, {
      reservation_ids: uidsOf(reservations, isOwnersLimited),
      delivery_ids: uidsOf(reservations, ({ requestId }) => requestId !== undefined),
    });
    const lost = new Set(reply.lost_ids);
    for (const reservation of reservations) if (lost.has(reservation.uid)) reservation.onLost();
  }
}

function requestOf({ requestId }: OwnedQuota): { request_id?: string } {
  return requestId === undefined ? {} : { request_id: requestId };
}

function uidsOf(reservations: readonly QuotaReservation[], isMeant: (owner: OwnedQuota) => boolean): string[] {
  return [...new Set(reservations.filter(({ owner }) => isMeant(owner)).map(({ uid }) => uid))];
}
