import { useEffect, useState } from 'preact/hooks';

export const rowPx = 60;
const overscan = 8;

export interface Rows {
  first: number;
  last: number;
}

/** Which of many rows of one height a scrolled element shows. */
export function rowsIn(scrollTop: number, height: number, count: number): Rows {
  const first = Math.max(0, Math.floor(scrollTop / rowPx) - overscan);
  return { first, last: Math.min(count - 1, Math.ceil((scrollTop + height) / rowPx) + overscan) };
}

/** The same while it is scrolled and resized; drawn again only where other rows are to be seen. */
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
