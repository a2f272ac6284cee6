export interface ReadAnswer {
  status: number;
  contentType: string;
  /** Undefined where it was not wholly received, or has no stated length. */
  body: string | undefined;
}

/** The answers of a connection one after another. A HEAD may have been taken for one, and then its answer has no body, or not. */
export function* readAnswers(text: string, isHead: boolean): Generator<ReadAnswer | 'nonsense'> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\r\n\r\n', at);
    const [statusLine = '', ...lines] = text.slice(at, end < 0 ? undefined : end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]);
    if (Number.isNaN(status)) yield 'nonsense';
    if (Number.isNaN(status) || end < 0) return;
    const headers = new Map(lines.map((line) => splitAt(line, ':')));
    const length = headers.get('content-length');
    const isBare = isHead && (end + 4 === text.length || text.startsWith('HTTP/1.1 ', end + 4));
    const hasBody = !isBare && status >= 200 && status !== 204 && status !== 304;
    const bodyEnd = end + 4 + (hasBody ? Number(length ?? Number.NaN) : 0);
    const isWhole = bodyEnd <= text.length;
    yield {
      status,
      contentType: (headers.get('content-type') ?? '').split(';')[0] as string,
      body: hasBody && isWhole ? text.slice(end + 4, bodyEnd) : undefined,
    };
    if (!isWhole) return;
    at = bodyEnd;
  }
}

function splitAt(line: string, separator: string): [string, string] {
  const at = line.indexOf(separator);
  return [line.slice(0, at).toLowerCase(), line.slice(at + 1).trim()];
}
