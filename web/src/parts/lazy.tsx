import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { ErrorNote } from './error-note.tsx';

/** A component whose code is asked for when it is shown for the first time. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [, setCount] = useState(0);
    const [error, setError] = useState<unknown>();
    useEffect(() => {
      if (loaded) return;
      load().then((component) => {
        loaded = component;
        setCount((count) => count + 1);
      }, setError);
    }, []);
    if (error) return <ErrorNote error={error} />;
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : <p class="loading">{words().loading}</p>;
  };
}
