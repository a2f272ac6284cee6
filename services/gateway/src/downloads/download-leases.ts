import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClaimArchive, ClaimDownload, RenewClaims, type RpcRequest, SettleDownload } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { hasCode, InFlight, type Logger } from '@wharf/service-kit';
import { RenewedLeases } from '../leases/renewed-leases.js';

type Completion = RpcRequest<typeof SettleDownload>;
type LeaseRequest = Omit<RpcRequest<typeof ClaimDownload>, 'transfer_id'>;
type ArchiveRequest = Omit<RpcRequest<typeof ClaimArchive>, 'transfer_id'>;

/** One of the permitted downloads of a file, or of a link, taken for one transfer. */
export interface DownloadLease {
  readonly id: string;
  /** To be called once, when the transfer is over. */
  finish(outcome: Completion['outcome'], sentBytes: number): void;
}

interface Transfer {
  transferId: string;
  /** Null for that of a link. */
  uid: string | null;
  wantedBytes: number | undefined;
}

const finishRetryMs = 1000;

/**
 * The leases of the limited downloads that this gateway has under way. Each is renewed until its last transfer is over, and metadata
 * is told of that until it has heard; what a dead gateway held comes back by itself when its lease expires.
 */
export class DownloadLeases {
  private readonly renewed: RenewedLeases<string>;
  /** Running transfers of each lease. */
  private readonly transfers = new Map<string, number>();
  private readonly finishing = new InFlight();
  private isClosing = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    const renew = async (ids: string[]) => void (await callRpc(bus, RenewClaims, { claim_ids: ids }));
    this.renewed = new RenewedLeases('running downloads', renew, logger);
  }

  /** Throws what ClaimDownload answers: `downloads_exhausted`, `file_expired`, `link_revoked`… */
  async take(request: LeaseRequest): Promise<DownloadLease> {
    const transferId = randomUUIDv7();
    const { claim_id: id, lease_ms: leaseMs } = await callRpc(this.bus, ClaimDownload, {
      ...request,
      transfer_id: transferId,
    });
    return this.hold(id, leaseMs, { uid: request.uid, transferId, wantedBytes: request.wanted_bytes });
  }

  /** For one archive: leases of the files, by their uids, and of the link under null. All of them or none. Throws the same as `take`. */
  async takeForArchive(
    request: ArchiveRequest,
    wantedBytes: (uid: string | null) => number,
  ): Promise<Map<string | null, DownloadLease>> {
    const transferId = randomUUIDv7();
    const { claims, lease_ms: leaseMs } = await callRpc(this.bus, ClaimArchive, {
      ...request,
      transfer_id: transferId,
    });
    return new Map(
      claims.map(({ claim_id: id, uid }) => [
        uid,
        this.hold(id, leaseMs, { uid, transferId, wantedBytes: wantedBytes(uid) }),
      ]),
    );
  }

  private hold(id: string, leaseMs: number, { transferId, uid, wantedBytes }: Transfer): DownloadLease {
    this.transfers.set(id, (this.transfers.get(id) ?? 0) + 1);
    this.renewed.hold(id, leaseMs);
    return {
      id,
      finish: (outcome, sentBytes) => {
        const completion = {
          claim_id: id,
          transfer_id: transferId,
          outcome,
          wanted_bytes: wantedBytes,
          sent_bytes: sentBytes,
        };
        this.finishing.begin();
        void this.finish(uid, completion).finally(() => this.finishing.end());
      },
    };
  }

  /** Waits for what is being told to metadata; while that is away it gives up after the first try. */
  async close(): Promise<void> {
    this.isClosing = true;
    this.renewed.close();
    await this.finishing.none();
  }

  private async finish(uid: string | null, completion: Completion): Promise<void> {
    while (!(await this.tryFinish(uid, completion)) && !this.isClosing) await delay(finishRetryMs);
    this.leave(completion.claim_id);
  }

  private leave(id: string): void {
    const left = (this.transfers.get(id) ?? 0) - 1;
    if (left > 0) {
      this.transfers.set(id, left);
      return;
    }
    this.transfers.delete(id);
    this.renewed.drop(id);
  }

  /** False when it has to be tried again. */
  private async tryFinish(uid: string | null, completion: Completion): Promise<boolean> {
    try {
      await callRpc(this.bus, SettleDownload, completion);
      return true;
    } catch (error) {
      if (hasCode(error, 'unavailable')) return false;
      // Not the lease: its id is the client's cookie.
      this.logger.error({ error, uid, outcome: completion.outcome }, 'the end of a download could not be recorded');
      return true;
    }
  }
}
