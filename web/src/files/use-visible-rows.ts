import { useEffect, useState } from 'preact/hooks';
import { type Rows, rowsIn } from './rows-in.ts';

/** Which rows a scrolled element shows, while it is scrolled and resized; drawn again only where other rows are to be seen. */
export function useVisibleRows(scroller: { current: HTMLElement | null }, count: number): Rows {
  const [rows, setRows] = useState<Rows>({ first: 0, last: Math.min(count - 1, 30) });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      const next = rowsIn(element.scrollTop, element.clientHeight, count);
      setRows((before) => (before.first === next.first && before.last === next.last ? before : next));
    };
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    element.addEventListener('scroll', measure, { passive: true });
    measure();
    return () => {
      resized.disconnect();
      element.removeEventListener('scroll', measure);
    };
  }, [scroller, count]);
  return rows;
}
