/**
 * How much is under way, for whoever has to let it end.
 *
 * A count, and not a set: a table that a `Set` has outgrown refers to the next one, so that of what passes through many is taken for old by the
 * garbage collector, with all that belongs to it.
 */
export class InFlight {
  private begun = 0;
  private whenNone: (() => void)[] = [];

  get count(): number {
    return this.begun;
  }

  begin(): void {
    this.begun++;
  }

  /** Once for each `begin`. */
  end(): void {
    this.begun--;
    if (this.begun > 0) return;
    for (const resolve of this.whenNone.splice(0)) resolve();
  }

  /** Resolves as soon as nothing is under way. */
  async none(): Promise<void> {
    if (this.begun === 0) return;
    await new Promise<void>((resolve) => this.whenNone.push(resolve));
  }
}
