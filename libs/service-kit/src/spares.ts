const lookMs = 2000;

/**
 * What is expensive to make and used again and again, in memory above all: the last one that came back is the next one to be taken. What nobody
 * needed from one look to the next is let go of, so that a rush leaves nothing behind.
 */
export class Spares<Item> {
  private readonly items: Item[] = [];
  /** The fewest that there were since the last look. */
  private unneeded = 0;
  private timer: NodeJS.Timeout | undefined;

  take(): Item | undefined {
    // The one that came back last is the likeliest to be in the processor's caches, and the others are not touched.
    const item = this.items.pop();
    this.unneeded = Math.min(this.unneeded, this.items.length);
    return item;
  }

  put(item: Item): void {
    this.items.push(item);
    this.timer ??= setInterval(() => this.look(), lookMs).unref();
  }

  private look(): void {
    // Those at the front have lain there longest.
    this.items.splice(0, this.unneeded);
    this.unneeded = this.items.length;
    if (this.items.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
