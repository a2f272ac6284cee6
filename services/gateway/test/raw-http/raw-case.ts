/** One text that is sent on a connection of its own, and what may come of it. */
export interface RawCase {
  name: string;
  /** The section that asks for it: of RFC 9112 unless it names another. */
  section: string;
  /** Sent as Latin-1. `{name}` stands for a file name of this case alone. */
  text: string;
  /**
   * The statuses of all answers, in order; several where the standard leaves the choice. `''`: closed without an answer. A case
   * whose connection stays open is asked once more, for what needs no other service: that answer is not listed.
   */
  statuses: string[];
  /** Whether the server has to close the connection behind the answers. */
  closes: boolean;
  /** Whether the client ends its sending side behind the text. */
  ends: boolean;
  /** What the file of this case holds, where one is stored. */
  stores: string;
}

type Row = [name: string, text: string, statuses: string, options?: Partial<RawCase>];

/** Cases of one section. Statuses: alternatives are divided by `|`. Unless told otherwise the connection is closed, and by the server. */
export function cases(section: string, rows: Row[]): RawCase[] {
  return rows.map(([name, text, statuses, options]) => ({
    name,
    section,
    text,
    statuses: statuses.split('|').map((alternative) => alternative.trim()),
    closes: true,
    ends: false,
    stores: 'hello',
    ...options,
  }));
}

export const open = { closes: false };
export const ends = { ends: true };

export const host = 'Host: localhost\r\n';
const live = '/health/live';

export const line = (requestLine: string, headers = host) => `${requestLine}\r\n${headers}\r\n`;

export const get = (headers = '', target = live) => line(`GET ${target} HTTP/1.1`, host + headers);

/** An upload with headers of its own, such as its framing. */
export const put = (headers: string, body = 'hello', version = '1.1') =>
  `PUT /api/v1/files/{name} HTTP/${version}\r\n${host}${headers}\r\n${body}`;

export const length = (value: number | string) => `Content-Length: ${value}\r\n`;
export const coding = (value: string) => `Transfer-Encoding: ${value}\r\n`;
export const chunked = (body: string) => put(coding('chunked'), body);
export const lastChunk = '0\r\n\r\n';
export const hello = `5\r\nhello\r\n${lastChunk}`;

/** A request that nobody may ever run: it stands where another reader would see the next request. */
export const smuggled = `PUT /api/v1/files/smuggled HTTP/1.1\r\n${host}Content-Length: 1\r\n\r\nx`;
