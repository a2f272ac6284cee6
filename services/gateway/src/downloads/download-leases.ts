import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClaimDownload, RenewClaims, type RpcRequest, SettleDownload } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { hasCode, InFlight, type Logger } from '@wharf/service-kit';

type Completion = RpcRequest<typeof SettleDownload>;
type LeaseRequest = Omit<RpcRequest<typeof ClaimDownload>, 'transfer_id'>;

/** One of a file's permitted downloads, taken for one transfer. */
export interface DownloadLease {
  readonly id: string;
  /** To be called once, when the transfer is over. */
  finish(outcome: Completion['outcome'], sentBytes: number): void;
}

const renewEveryMs = 250;
const batchSize = 1000;
const finishRetryMs = 1000;

interface Held {
  transfers: number;
  leaseMs: number;
  renewAt: number;
}

/**
 * The leases of the limited downloads that this gateway has under way. Each is renewed until its last transfer is over, and metadata
 * is told of that until it has heard; what a dead gateway held comes back by itself when its lease expires.
 */
export class DownloadLeases {
  private readonly held = new Map<string, Held>();
  private readonly finishing = new InFlight();
  private readonly timer: NodeJS.Timeout;
  private isClosing = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => void this.renewDue(), renewEveryMs);
  }

  /** Throws what ClaimDownload answers: `downloads_exhausted`, `file_expired`, `link_revoked`… */
  async take(request: LeaseRequest): Promise<DownloadLease> {
    const transferId = randomUUIDv7();
    const { claim_id: id, lease_ms: leaseMs } = await callRpc(this.bus, ClaimDownload, {
      ...request,
      transfer_id: transferId,
    });
    const transfers = (this.held.get(id)?.transfers ?? 0) + 1;
    this.held.set(id, { transfers, leaseMs, renewAt: Date.now() + leaseMs / 3 });
    return {
      id,
      finish: (outcome, sentBytes) => {
        const { uid, wanted_bytes } = request;
        const completion = {
          claim_id: id,
          transfer_id: transferId,
          outcome,
          wanted_bytes,
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
    clearInterval(this.timer);
    await this.finishing.none();
  }

  private async finish(uid: string, completion: Completion): Promise<void> {
    while (!(await this.tryFinish(uid, completion)) && !this.isClosing) await delay(finishRetryMs);
    const held = this.held.get(completion.claim_id);
    if (held && --held.transfers === 0) this.held.delete(completion.claim_id);
  }

  /** False when it has to be tried again. */
  private async tryFinish(uid: string, completion: Completion): Promise<boolean> {
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

  private async renewDue(): Promise<void> {
    const now = Date.now();
    const due = [...this.held].filter(([, held]) => held.renewAt <= now).slice(0, batchSize);
    if (due.length === 0) return;
    for (const [, held] of due) held.renewAt = now + held.leaseMs / 3;
    try {
      await callRpc(this.bus, RenewClaims, { claim_ids: due.map(([id]) => id) });
    } catch (error) {
      for (const [, held] of due) held.renewAt = 0;
      this.logger.warn({ error, leases: due.length }, 'the leases of running downloads could not be renewed');
    }
  }
}
