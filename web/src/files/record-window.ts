import { type Signal, signal } from '@preact/signals';
import type { List, Page as RecordPage } from '@wharf/client';
import type { FileRecord } from '@wharf/contracts';

export const pageSize = 200;
/** Pages kept on each side of what is looked at; others are asked for again. */
const keptPages = 4;

interface Page {
  /** By which it is read. */
  cursor: string | null;
  firstIndex: number;
  count: number;
  records: FileRecord[] | undefined;
}

export type RecordList = Pick<List<FileRecord>, 'page'>;

/**
 * The records of a list around the place that is looked at. A list has no end that anybody knows before it was reached: it grows page by page as it
 * is scrolled, and what lies far away is forgotten, so that a long one takes no more memory than a short one.
 */
export class RecordWindow {
  /** Changes whenever another record may be had, or another count. */
  readonly version: Signal<number> = signal(0);
  readonly error: Signal<unknown> = signal<unknown>(undefined);
  #pages: Page[] = [];
  #next: string | null | undefined;
  #list: RecordList;
  #turn = 0;
  #isReading = false;

  constructor(list: RecordList) {
    this.#list = list;
  }

  /** Of the records that were seen so far. */
  get count(): number {
    const last = this.#pages.at(-1);
    return last ? last.firstIndex + last.count : 0;
  }

  get isComplete(): boolean {
    return this.#next === null;
  }

  at(index: number): FileRecord | undefined {
    const page = this.#pageOf(index);
    return page?.records?.[index - page.firstIndex];
  }

  /** The records at hand. */
  records(): FileRecord[] {
    return this.#pages.flatMap(({ records }) => records ?? []);
  }

  /** From the beginning, maybe of another list. What is shown stays until there is something else. */
  async restart(list: RecordList = this.#list): Promise<void> {
    this.#list = list;
    this.#turn++;
    this.#isReading = false;
    await this.#read(null, ({ items, nextCursor }) => {
      this.#pages = [{ cursor: null, firstIndex: 0, count: items.length, records: items }];
      this.#next = nextCursor;
    });
  }

  /** Sees to it that what lies from one index to another is there, or is coming. */
  async show(from: number, to: number): Promise<void> {
    this.#forgetFarFrom(from, to);
    const missing = this.#pages.find(
      (page) => !page.records && page.firstIndex <= to && page.firstIndex + page.count > from,
    );
    if (missing) {
      await this.#read(missing.cursor, ({ items }) => {
        // One that was deleted meanwhile leaves a gap and does not move the others.
        missing.records = items.slice(0, missing.count);
      });
      return this.show(from, to);
    }
    if (to < this.count || typeof this.#next !== 'string') return;
    const cursor = this.#next;
    await this.#read(cursor, ({ items, nextCursor }) => {
      this.#pages.push({ cursor, firstIndex: this.count, count: items.length, records: items });
      this.#next = nextCursor;
    });
  }

  /** Those that were changed, by this page or elsewhere; null for one that is gone. */
  replace(uid: string, record: FileRecord | null): void {
    for (const page of this.#pages) {
      const index = page.records?.findIndex((one) => one.uid === uid) ?? -1;
      if (index < 0 || !page.records) continue;
      if (record) page.records[index] = record;
      else {
        page.records.splice(index, 1);
        page.count--;
        this.#renumber();
      }
    }
    this.version.value++;
  }

  #pageOf(index: number): Page | undefined {
    return this.#pages.find((page) => page.firstIndex <= index && index < page.firstIndex + page.count);
  }

  #renumber(): void {
    let firstIndex = 0;
    for (const page of this.#pages) {
      page.firstIndex = firstIndex;
      firstIndex += page.count;
    }
  }

  #forgetFarFrom(from: number, to: number): void {
    const kept = keptPages * pageSize;
    for (const page of this.#pages) {
      if (page.firstIndex > to + kept || page.firstIndex + page.count < from - kept) page.records = undefined;
    }
  }

  async #read(cursor: string | null, take: (page: RecordPage<FileRecord>) => void): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    const turn = this.#turn;
    try {
      const page = await this.#list.page({ cursor });
      if (turn !== this.#turn) return;
      take(page);
      this.error.value = undefined;
    } catch (error) {
      if (turn === this.#turn) this.error.value = error;
    } finally {
      if (turn === this.#turn) {
        this.#isReading = false;
        this.version.value++;
      }
    }
  }
}
