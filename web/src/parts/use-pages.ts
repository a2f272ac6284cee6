import type { List, Page } from '@wharf/client';
import { useEffect, useRef, useState } from 'preact/hooks';

export interface Pages<Item> {
  items: Item[];
  isLoading: boolean;
  error: unknown;
  /** Undefined on the last page. */
  more: (() => Promise<void>) | undefined;
  reload(): Promise<void>;
}

/** A list that comes page by page, by the cursor of the page before. */
export function usePages<Item>(list: () => List<Item>): Pages<Item> {
  const [state, setState] = useState<Page<Item>>({ items: [], nextCursor: null });
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const turn = useRef(0);
  const read = async (before: Item[], cursor: string | null) => {
    const own = ++turn.current;
    setLoading(true);
    try {
      const page = await list().page({ cursor });
      if (own !== turn.current) return;
      setState({ items: [...before, ...page.items], nextCursor: page.nextCursor });
      setError(undefined);
    } catch (thrown) {
      if (own === turn.current) setError(thrown);
    } finally {
      if (own === turn.current) setLoading(false);
    }
  };
  const reload = () => read([], null);
  // Once.
  useEffect(() => {
    void reload();
    return () => {
      turn.current++;
    };
  }, []);
  const { items, nextCursor } = state;
  return { items, isLoading, error, reload, more: nextCursor === null ? undefined : () => read(items, nextCursor) };
}
