import { type Signal, signal } from '@preact/signals';

/** What is marked in a list, and which row the keyboard is at. */
export class Selection {
  readonly uids: Signal<ReadonlySet<string>> = signal<ReadonlySet<string>>(new Set());
  /** Index of the row. */
  readonly active: Signal<number> = signal(0);
  /** Where a range begins. */
  #anchor = 0;

  toggle(uid: string, index: number): void {
    const next = new Set(this.uids.peek());
    if (!next.delete(uid)) next.add(uid);
    this.uids.value = next;
    this.active.value = index;
    this.#anchor = index;
  }

  /** All from the row that was marked last to this one, and those that were marked before. */
  extend(index: number, uidAt: (index: number) => string | undefined): void {
    const next = new Set(this.uids.peek());
    const step = index < this.#anchor ? -1 : 1;
    for (let row = this.#anchor; row !== index + step; row += step) {
      const uid = uidAt(row);
      if (uid !== undefined) next.add(uid);
    }
    this.uids.value = next;
    this.active.value = index;
  }

  mark(uids: Iterable<string>): void {
    this.uids.value = new Set(uids);
  }

  clear(): void {
    this.uids.value = new Set();
    this.#anchor = this.active.peek();
  }
}
