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
