import type { HeaderLines } from '../raw-http.ts';

/** What a GET is answered with: the whole body, a part of it (both positions inclusive), or a status without any of it. */
export type Expected =
  | 'whole'
  | 'not modified'
  | 'precondition failed'
  | 'unsatisfiable'
  | { first: number; last: number };

/**
 * One request and its answer. In the headers stand words for what only the stored file knows: `<etag>`, `<hash>` (the tag
 * without its quotes), and its date, or the same time a minute `earlier` or `later`, in one of HTTP's three formats:
 * `<date>`, `<earlier>`, `<later>`, `<date rfc850>`, `<date asctime>` and so on.
 */
export type Row = [title: string, headers: Record<string, string> | HeaderLines, expected: Expected];

export const part = (first: number, last: number): Expected => ({ first, last });

/** What the words in a row stand for. */
export interface Validators {
  /** With its quotes. */
  etag: string;
  /** Milliseconds since 1970, as `Last-Modified` says it. */
  modifiedAt: number;
}

/** The header lines of a row for one file. */
export function headersFor(headers: Row[1], { etag, modifiedAt }: Validators): HeaderLines {
  const times = { date: modifiedAt, earlier: modifiedAt - 60_000, later: modifiedAt + 60_000 };
  const fill = (text: string) =>
    text
      .replaceAll('<etag>', etag)
      .replaceAll('<hash>', etag.slice(1, -1))
      .replaceAll('<HASH>', etag.slice(1, -1).toUpperCase())
      .replaceAll(/<(date|earlier|later)( rfc850| asctime)?>/g, (_, time: keyof typeof times, format = ' imf') =>
        formats[format.trim() as keyof typeof formats](new Date(times[time])),
      );
  const lines = Array.isArray(headers) ? headers : Object.entries(headers);
  return lines.map(([name, value]) => [name, fill(value)]);
}

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

/** The three formats of an HTTP date (RFC 9110 §5.6.7). */
const formats = {
  imf: (date: Date) => date.toUTCString(),
  rfc850: (date: Date) => {
    const [, day, month, year, time] = date.toUTCString().split(' ') as [string, string, string, string, string];
    return `${days[date.getUTCDay()]}, ${day}-${month}-${year.slice(2)} ${time} GMT`;
  },
  asctime: (date: Date) => {
    const [weekday, , month, year, time] = date.toUTCString().split(' ') as [string, string, string, string, string];
    return `${weekday.slice(0, 3)} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${year}`;
  },
};
