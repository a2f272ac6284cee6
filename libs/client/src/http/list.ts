import type { Query, Transport } from './transport.js';

export interface Page<Item> {
  items: Item[];
  /** Leads to the next page; null on the last one. */
  nextCursor: string | null;
}

export interface PageOptions {
  cursor?: string | null;
  signal?: AbortSignal;
}

/** What a gateway lists, page by page or one after another: `for await (const file of client.files.list())`. */
export class List<Item> implements AsyncIterable<Item> {
  constructor(
    private readonly transport: Transport,
    private readonly source: { path: string; name: string; query?: Query | undefined },
  ) {}

  /** The first page, or the one that a cursor leads to. Throws WharfError. */
  async page({ cursor, signal }: PageOptions = {}): Promise<Page<Item>> {
    const { name, path, query } = this.source;
    const body = await this.transport.json<Record<string, unknown>>('GET', path, {
      query: { ...query, cursor },
      signal,
    });
    return { items: (body[name] ?? []) as Item[], nextCursor: (body.next_cursor ?? null) as string | null };
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Item> {
    let cursor: string | null = null;
    do {
      const { items, nextCursor }: Page<Item> = await this.page({ cursor });
      yield* items;
      cursor = nextCursor;
    } while (cursor !== null);
  }
}
