/**
 * Work that serves everybody who asked for it before it began. Who asks while it runs shares the next run: the running one may
 * have missed what he asks for. Under load one run serves many.
 */
export class SharedWork {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  get isIdle(): boolean {
    return this.running === undefined && this.next === undefined;
  }

  run(): Promise<void> {
    if (!this.running) return this.start();
    this.next ??= this.running
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.start();
      });
    return this.next;
  }

  private start(): Promise<void> {
    const running = this.work().finally(() => {
      if (this.running === running) this.running = undefined;
    });
    this.running = running;
    return running;
  }
}
