import { type IncomingHttpHeaders, type InformationEvent, request } from 'node:http';
import { text as readText } from 'node:stream/consumers';

type Headers = Record<string, string>;

export interface DraftAnswer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Answers of 104 before it. */
  interim: Headers[];
}

export const newest = { 'Upload-Draft-Interop-Version': '10' };
export const partial = { 'Content-Type': 'application/partial-upload' };
export const more = { 'Upload-Complete': '?0' };
export const last = { 'Upload-Complete': '?1' };
export const at = (offset: number | string) => ({ 'Upload-Offset': String(offset) });

/** A request of the newest version, with all answers to it. Several pieces of a body are sent chunked. */
export function send(
  method: string,
  url: string,
  { body, headers = {} }: { headers?: Headers | undefined; body?: string | Uint8Array | string[] | undefined } = {},
): Promise<DraftAnswer> {
  const isChunked = Array.isArray(body);
  const framing: Headers = isChunked
    ? { 'Transfer-Encoding': 'chunked' }
    : { 'Content-Length': String(body === undefined ? 0 : Buffer.byteLength(body)) };
  const sent = withoutEmpty({ ...newest, ...framing, ...headers });
  return new Promise((resolve, reject) => {
    const interim: Headers[] = [];
    const outgoing = request(url, { method, headers: sent, agent: false });
    outgoing.on('information', (answer: InformationEvent) => {
      if (answer.statusCode === 104) interim.push(answer.headers as Headers);
    });
    outgoing.on('error', reject);
    outgoing.on('response', (answer) => {
      const status = answer.statusCode as number;
      readText(answer).then((text) => resolve({ status, headers: answer.headers, text, interim }), reject);
    });
    for (const piece of [body ?? []].flat()) outgoing.write(piece);
    outgoing.end();
  });
}

export const addressIn = (gateway: { url: string }, { headers }: Pick<DraftAnswer, 'headers'>) =>
  new URL(headers.location as string, gateway.url).href;

/** Begins an upload and gives its address. */
export async function begin(
  gateway: { url: string },
  { body, headers }: { headers?: Headers; body?: string | undefined } = {},
): Promise<string> {
  const answer = await send('POST', `${gateway.url}/api/v1/files/stream`, { headers: { ...more, ...headers }, body });
  if (answer.status !== 201) throw new Error(`the creation was answered ${answer.status}: ${answer.text}`);
  return addressIn(gateway, answer);
}

export function append(
  url: string,
  offset: number,
  body: string | Uint8Array,
  headers: Headers = last,
): Promise<DraftAnswer> {
  return send('PATCH', url, { headers: { ...partial, ...at(offset), ...headers }, body });
}

/** The offset that the upload tells; undefined where it is no more. */
export async function offsetOf(url: string): Promise<number | undefined> {
  const answer = await send('HEAD', url);
  return answer.status === 204 ? Number(answer.headers['upload-offset']) : undefined;
}

/** A header that is empty here is not sent at all. */
function withoutEmpty(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== ''));
}
