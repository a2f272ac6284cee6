import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface Loaded<Value> {
  value: Value | undefined;
  error: unknown;
  reload(): Promise<void>;
}

/** What is asked for when something is shown, and again when `key` changes. The newest answer counts. */
export function useLoaded<Value>(load: () => Promise<Value>, key: string): Loaded<Value> {
  const [state, setState] = useState<{ key: string; value?: Value; error?: unknown }>({ key });
  const turn = useRef(0);
  const newest = useRef(load);
  newest.current = load;
  const reload = useCallback(async () => {
    const own = ++turn.current;
    try {
      const value = await newest.current();
      if (own === turn.current) setState({ key, value });
    } catch (error) {
      if (own === turn.current) setState((before) => ({ ...before, key, error }));
    }
  }, [key]);
  useEffect(() => {
    void reload();
    return () => {
      turn.current++;
    };
  }, [reload]);
  const isOfKey = state.key === key;
  return { value: isOfKey ? state.value : undefined, error: isOfKey ? state.error : undefined, reload };
}
