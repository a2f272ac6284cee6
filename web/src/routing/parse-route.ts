export interface Route {
  page: string;
  /** What the page is about, such as a uid. */
  of: string | undefined;
  /** Beside it, such as a filter. */
  query: URLSearchParams;
}

/** Behind the `#`, which no server sees: `#/files/<uid>?x=y`. */
export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page = '', of] = path.split('/').map((part) => safeDecode(part));
  return { page: page === '' ? 'files' : page, of: of === '' ? undefined : of, query: new URLSearchParams(query) };
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
