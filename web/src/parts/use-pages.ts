import { useEffect, useRef, useState } from 'preact/hooks';

export interface Pages<Item> {
  items: Item[];
  isLoading: boolean;
  error: unknown;
  /** Undefined on the last page. */
  more: (() => Promise<void>) | undefined;
  reload(): Promise<void>;
}

export interface PageOf<Item> {
  items: Item[];
  next: string | null;
}

/** A list that comes page by page, by the cursor of the page before. */
export function usePages<Item>(load: (cursor: string | undefined) => Promise<PageOf<Item>>): Pages<Item> {
  const [state, setState] = useState<PageOf<Item>>({ items: [], next: null });
  const [isLoading, setLoading] = useState(true);
  const [error, setError] = useState<unknown>();
  const turn = useRef(0);
  const read = async (before: Item[], cursor: string | undefined) => {
    const own = ++turn.current;
    setLoading(true);
    try {
      const page = await load(cursor);
      if (own !== turn.current) return;
      setState({ items: [...before, ...page.items], next: page.next });
      setError(undefined);
    } catch (thrown) {
      if (own === turn.current) setError(thrown);
    } finally {
      if (own === turn.current) setLoading(false);
    }
  };
  const reload = () => read([], undefined);
  // Once.
  useEffect(() => {
    void reload();
    return () => {
      turn.current++;
    };
  }, []);
  const { items, next } = state;
  return { items, isLoading, error, reload, more: next === null ? undefined : () => read(items, next) };
}
