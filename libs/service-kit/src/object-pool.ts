const lookMs = 2000;

/**
 * What is expensive to make and used again and again, in memory above all: the last one that came back is the next one to be taken. What nobody
 * needed from one look to the next is let go of, so that a rush leaves nothing behind; until the garbage collector has come for it the next rush takes it
 * back, so that two rushes never have twice as much.
 */
export class ObjectPool<Item extends object> {
  private readonly items: Item[] = [];
  private released: WeakRef<Item>[] = [];
  /** The fewest that there were since the last look. */
  private unneeded = 0;
  private timer: NodeJS.Timeout | undefined;

  take(): Item | undefined {
    // The one that came back last is the likeliest to be in the processor's caches, and the others are not touched.
    const item = this.items.pop();
    this.unneeded = Math.min(this.unneeded, this.items.length);
    return item ?? this.takeBack();
  }

  put(item: Item): void {
    this.items.push(item);
    this.timer ??= setInterval(() => this.look(), lookMs).unref();
  }

  private takeBack(): Item | undefined {
    for (let reference = this.released.pop(); reference; reference = this.released.pop()) {
      const item = reference.deref();
      if (item) return item;
    }
    return undefined;
  }

  private look(): void {
    // Those at the front have lain there longest.
    const unneeded = this.items.splice(0, this.unneeded);
    this.released = this.released.filter((reference) => reference.deref() !== undefined);
    this.released.push(...unneeded.map((item) => new WeakRef(item)));
    this.unneeded = this.items.length;
    if (this.items.length > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
