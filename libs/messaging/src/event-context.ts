import { BaseRpcContext } from '@nestjs/microservices';

interface Delivery {
  /** Counts from 1; redeliveries after a crash count too. */
  attempt: number;
  isLastAttempt: boolean;
  /** Whether it was handled before, here or elsewhere, or may have been: what it asks for can be done already. */
  isRepeated: boolean;
  /** Aborted when the service stops. */
  signal: AbortSignal;
  /** Tells whoever waits for this event that it took effect. Best effort: nobody may be waiting any more. */
  confirm(body: unknown): void;
}

/** What a handler of an event can know and do beside the event itself. */
export class EventContext extends BaseRpcContext<[Delivery]> {
  constructor(delivery: Delivery) {
    super([delivery]);
  }

  get attempt(): number {
    return this.args[0].attempt;
  }

  get isLastAttempt(): boolean {
    return this.args[0].isLastAttempt;
  }

  get isRepeated(): boolean {
    return this.args[0].isRepeated;
  }

  get signal(): AbortSignal {
    return this.args[0].signal;
  }

  confirm(body: unknown): void {
    this.args[0].confirm(body);
  }
}
