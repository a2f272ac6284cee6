interface Round<Item> {
  items: Item[];
  done: Promise<void>;
  begin(): void;
}

/** Gathers items for a moment, and then does the work for all of them at once: what a file system makes durable it makes durable together. */
export class Rounds<Item> {
  private round: Round<Item> | undefined;
  /** The one that gathers, and those whose work is being done. */
  private readonly underWay = new Set<Promise<void>>();

  constructor(
    private readonly work: (items: readonly Item[]) => Promise<void>,
    private readonly gatherMs = 250,
  ) {}

  /** Resolves when the work of its round is done, or rejects with it. */
  add(items: readonly Item[]): Promise<void> {
    this.round ??= this.open();
    this.round.items.push(...items);
    return this.round.done;
  }

  /** Begins the round that gathers, and resolves when all are done, or have failed. */
  async finish(): Promise<void> {
    this.round?.begin();
    await Promise.allSettled(this.underWay);
  }

  private open(): Round<Item> {
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const timer = setTimeout(begin, this.gatherMs);
    const items: Item[] = [];
    const done = begun.then(async () => {
      clearTimeout(timer);
      this.round = undefined;
      await this.work(items);
    });
    this.underWay.add(done);
    const leave = () => this.underWay.delete(done);
    done.then(leave, leave);
    return { items, done, begin };
  }
}
