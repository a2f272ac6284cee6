/**
 * A reading that many ask for: one is under way at a time, and counts for `validMs` after it has come. A failure is told to those who
 * waited for it, and kept for nobody else.
 */
export class SharedReading<Value> {
  private latest: { value: Promise<Value>; untilMs: number } | undefined;

  constructor(
    private readonly read: () => Promise<Value>,
    private readonly validMs: number,
  ) {}

  get(): Promise<Value> {
    if (!this.latest || performance.now() >= this.latest.untilMs) this.latest = this.begin();
    return this.latest.value;
  }

  /** Whoever asks next gets a reading that begins then. */
  forget(): void {
    this.latest = undefined;
  }

  private begin(): { value: Promise<Value>; untilMs: number } {
    const reading = { value: this.read(), untilMs: Number.POSITIVE_INFINITY };
    reading.value.then(
      () => {
        reading.untilMs = performance.now() + this.validMs;
      },
      () => {
        reading.untilMs = 0;
      },
    );
    return reading;
  }
}
