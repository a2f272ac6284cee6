import { randomUUIDv7 } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ClaimDownload, RenewClaims, type RpcRequest, SettleDownload } from '@wharf/contracts';
import { type Bus, callRpc } from '@wharf/messaging';
import { hasCode, InFlight, type Logger } from '@wharf/service-kit';

type Settlement = RpcRequest<typeof SettleDownload>;
type Outcome = Settlement['outcome'];
export type ClaimRequest = Omit<RpcRequest<typeof ClaimDownload>, 'transfer_id'>;

/** One of a file's permitted downloads, taken for one transfer. It has to be settled, once. */
export interface Claim {
  readonly id: string;
  settle(outcome: Outcome, sentBytes: number): void;
}

const renewEveryMs = 250;
const batchSize = 1000;
const settleRetryMs = 1000;

interface Held {
  transfers: number;
  leaseMs: number;
  renewAt: number;
}

/**
 * The claims of downloads that this gateway has under way. Each is kept alive until it is settled, and settling is tried until
 * metadata has it; what a dead gateway held comes back by itself when its lease is over.
 */
export class DownloadClaims {
  private readonly held = new Map<string, Held>();
  private readonly settling = new InFlight();
  private readonly timer: NodeJS.Timeout;
  private isClosing = false;

  constructor(
    private readonly bus: Bus,
    private readonly logger: Logger,
  ) {
    this.timer = setInterval(() => void this.renewDue(), renewEveryMs);
  }

  /** Throws what ClaimDownload answers: `downloads_exhausted`, `file_expired`, `link_revoked`… */
  async take(request: ClaimRequest): Promise<Claim> {
    const transferId = randomUUIDv7();
    const { claim_id: claimId, lease_ms: leaseMs } = await callRpc(this.bus, ClaimDownload, {
      ...request,
      transfer_id: transferId,
    });
    const transfers = (this.held.get(claimId)?.transfers ?? 0) + 1;
    this.held.set(claimId, { transfers, leaseMs, renewAt: Date.now() + leaseMs / 3 });
    return {
      id: claimId,
      settle: (outcome, sentBytes) => {
        const { uid, wanted_bytes } = request;
        const settlement = {
          claim_id: claimId,
          transfer_id: transferId,
          outcome,
          wanted_bytes,
          sent_bytes: sentBytes,
        };
        this.settling.begin();
        void this.settle(uid, settlement).finally(() => this.settling.end());
      },
    };
  }

  /** Waits for what is being settled; while metadata is away it gives up after the first try. */
  async close(): Promise<void> {
    this.isClosing = true;
    clearInterval(this.timer);
    await this.settling.none();
  }

  private async settle(uid: string, settlement: Settlement): Promise<void> {
    while (!(await this.trySettle(uid, settlement)) && !this.isClosing) await delay(settleRetryMs);
    const held = this.held.get(settlement.claim_id);
    if (held && --held.transfers === 0) this.held.delete(settlement.claim_id);
  }

  /** False when it has to be tried again. */
  private async trySettle(uid: string, settlement: Settlement): Promise<boolean> {
    try {
      await callRpc(this.bus, SettleDownload, settlement);
      return true;
    } catch (error) {
      if (hasCode(error, 'unavailable')) return false;
      // Not the claim: its id is the client's cookie.
      this.logger.error({ error, uid, outcome: settlement.outcome }, 'a download could not be settled');
      return true;
    }
  }

  private async renewDue(): Promise<void> {
    const now = Date.now();
    const due = [...this.held].filter(([, held]) => held.renewAt <= now).slice(0, batchSize);
    if (due.length === 0) return;
    for (const [, held] of due) held.renewAt = now + held.leaseMs / 3;
    try {
      await callRpc(this.bus, RenewClaims, { claim_ids: due.map(([claimId]) => claimId) });
    } catch (error) {
      for (const [, held] of due) held.renewAt = 0;
      this.logger.warn({ error, claims: due.length }, 'claims of running downloads could not be renewed');
    }
  }
}
