import {
  ReleaseReservation,
  RenewReservations,
  ReserveUpload,
  type RpcDefinition,
  type RpcRequest,
} from '@wharf/contracts';
import type { Bus } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { answerRpc } from '@wharf/test-kit';

/** Stands in for the ledger of metadata: one quota for everybody, and a note of all that is asked. */
export class QuotaStandIn {
  leftBytes = Number.POSITIVE_INFINITY;
  leaseMs = 60_000;
  refusal: AppError | undefined;
  readonly held = new Map<string, number>();
  readonly recorded = new Set<string>();
  readonly reserved: RpcRequest<typeof ReserveUpload>[] = [];
  readonly renewed: string[] = [];
  readonly released: string[] = [];
  private readonly answering: { unsubscribe(): void }[] = [];
  private readonly bus: Bus;

  constructor(bus: Bus) {
    this.bus = bus;
  }

  async start(): Promise<void> {
    this.answer(ReserveUpload, (request) => this.reserve(request));
    this.answer(RenewReservations, ({ reservation_ids: ids }) => {
      this.renewed.push(...ids);
      return { lost_ids: ids.filter((id) => !this.held.has(id)) };
    });
    this.answer(ReleaseReservation, ({ reservation_id: id }) => {
      this.released.push(id);
      this.drop(id);
      return {};
    });
    await this.bus.roundTrip();
  }

  async stop(): Promise<void> {
    for (const each of this.answering.splice(0)) each.unsubscribe();
    await this.bus.roundTrip();
  }

  /** As when it has lapsed, or its file was recorded. */
  drop(id: string): void {
    this.leftBytes += this.held.get(id) ?? 0;
    this.held.delete(id);
  }

  private reserve(request: RpcRequest<typeof ReserveUpload>) {
    this.reserved.push(request);
    const { bytes, least_bytes, reservation_id: id } = request;
    if (this.recorded.has(id)) return { bytes: 0, is_recorded: true, lease_ms: this.leaseMs };
    const heldBytes = this.held.get(id) ?? 0;
    if (this.refusal) throw this.refusal;
    if (least_bytes > heldBytes + this.leftBytes) throw new AppError('quota_exceeded', 'the quota is used up');
    const givenBytes = Math.max(heldBytes, Math.min(bytes, heldBytes + this.leftBytes));
    this.leftBytes -= givenBytes - heldBytes;
    this.held.set(id, givenBytes);
    return { bytes: givenBytes, is_recorded: false, lease_ms: this.leaseMs };
  }

  private answer<Request, Reply>(rpc: RpcDefinition<Request, Reply>, reply: (request: Request) => Reply): void {
    this.answering.push(answerRpc(this.bus, rpc, reply));
  }
}
