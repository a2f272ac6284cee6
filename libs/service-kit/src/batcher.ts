import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';

export interface BatcherOptions {
  /** Items of one batch at most; any number unless given. */
  maxItems?: number;
  /** How long the first item of a batch waits for others. Unless given, until the end of this turn of the event loop. */
  delayMs?: number;
  /** A batch begins although others are under way: for work in which one may be stuck for long. */
  isOverlapping?: boolean;
}

/** In place of an item's result: why this one failed while others of its batch did not. */
export class Rejected {
  constructor(readonly error: unknown) {}
}

/** Gives the results, one for each item in their order, or nothing for success without results. What it throws is everybody's error. */
export type HandleBatch<Item, Result> =
  | ((items: Item[]) => Promise<readonly (Result | Rejected)[]>)
  | ((items: Item[]) => Promise<void>);

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * Handles many at once what is asked for one by one: whoever asks while a batch is under way is in the next one. Under load one batch
 * serves many callers; without load each is served alone, and waits for nobody.
 */
export class Batcher<Item = void, Result = void> {
  private waiting: Waiting<Item, Result>[] = [];
  /** From the first item that waits until no item is left, or, of overlapping batches, until its batch begins. */
  private running: Promise<void> | undefined;
  private hurry: AbortController | undefined;
  private flushes = 0;

  constructor(
    private readonly handle: HandleBatch<Item, Result>,
    private readonly options: BatcherOptions = {},
  ) {}

  /** Resolves with the item's result once its batch is done; rejects with the item's error, or with that of the batch. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.running ??= this.run();
    });
  }

  /** Delays nothing until all that was added is done, or has failed, and resolves then. Overlapping batches are not waited for. */
  async flush(): Promise<void> {
    this.flushes++;
    this.hurry?.abort();
    await this.running;
    this.flushes--;
  }

  private async run(): Promise<void> {
    const { delayMs, isOverlapping, maxItems } = this.options;
    await this.gather();
    if (isOverlapping) this.running = undefined;
    while (this.waiting.length > 0) {
      await this.handleBatch(this.waiting.splice(0, maxItems ?? this.waiting.length));
      if (delayMs && this.waiting.length > 0) await this.gather();
    }
    if (!isOverlapping) this.running = undefined;
  }

  private async gather(): Promise<void> {
    const { delayMs } = this.options;
    if (!delayMs || this.flushes > 0) return nextTurn();
    this.hurry = new AbortController();
    await delay(delayMs, undefined, { signal: this.hurry.signal }).catch(() => undefined);
    this.hurry = undefined;
  }

  private async handleBatch(batch: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.handle(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results ? results[index] : undefined;
        if (result instanceof Rejected) reject(result.error);
        else resolve(result as Result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
