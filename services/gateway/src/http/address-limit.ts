import { networkOf } from '@wharf/service-kit';

/** What one address has open. */
export interface AddressSlot {
  /** Once for each `enter`. */
  leave(): void;
}

class OpenOfAddress implements AddressSlot {
  count = 0;

  leave(): void {
    this.count--;
  }
}

/** So many addresses without anything open are kept, since adding and removing entries all the time costs more than keeping them. */
const keptAddresses = 1000;

/**
 * How much each address may have open at a time. A configured limit holds for all addresses, 0 is none. The default one
 * leaves loopback addresses alone: behind them are the operator's own programs, or a proxy that `TRUST_PROXY` does not tell of.
 */
export class AddressLimit {
  private readonly byNetwork = new Map<string, OpenOfAddress>();
  private sweepAt = keptAddresses;

  constructor(
    private readonly configured: number | undefined,
    private readonly byDefault: number,
  ) {}

  /** Addresses that are kept in memory. */
  get knownCount(): number {
    return this.byNetwork.size;
  }

  /** Undefined where the address has as much open as it may. */
  enter(address: string): AddressSlot | undefined {
    const network = networkOf(address);
    const open = this.openOf(network);
    if (open.count >= this.limitOf(network)) return undefined;
    open.count++;
    return open;
  }

  private openOf(network: string): OpenOfAddress {
    const known = this.byNetwork.get(network);
    if (known) return known;
    if (this.byNetwork.size >= this.sweepAt) this.sweep();
    const open = new OpenOfAddress();
    this.byNetwork.set(network, open);
    return open;
  }

  private sweep(): void {
    for (const [network, { count }] of this.byNetwork) if (count === 0) this.byNetwork.delete(network);
    this.sweepAt = Math.max(keptAddresses, 2 * this.byNetwork.size);
  }

  private limitOf(network: string): number {
    if (this.configured !== undefined) return this.configured === 0 ? Number.POSITIVE_INFINITY : this.configured;
    return isLoopback(network) ? Number.POSITIVE_INFINITY : this.byDefault;
  }
}

function isLoopback(network: string): boolean {
  return network === '::1' || network.startsWith('127.');
}
