import { setImmediate as turn } from 'node:timers/promises';

/**
 * Work that serves everybody who asked for it before it began: at the end of this turn of the event loop, or when the run before it is
 * over. Who asks while it runs shares the next run: the running one may have missed what he asks for. Under load one run serves many.
 */
export class SharedWork {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(private readonly work: () => Promise<void>) {}

  get isIdle(): boolean {
    return this.running === undefined && this.next === undefined;
  }

  run(): Promise<void> {
    this.next ??= this.begin();
    return this.next;
  }

  private async begin(): Promise<void> {
    await (this.running?.catch(() => undefined) ?? turn());
    this.next = undefined;
    this.running = this.work();
    try {
      await this.running;
    } finally {
      this.running = undefined;
    }
  }
}
