export const tus = { 'Tus-Resumable': '1.0.0' };
export const pieceType = { 'Content-Type': 'application/offset+octet-stream' };

type Headers = Record<string, string>;
type Body = string | Uint8Array | ReadableStream;

/** `Upload-Metadata` of these keys. */
export function metadataOf(fields: Record<string, string>): Headers {
  const pairs = Object.entries(fields).map(([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`);
  return { 'Upload-Metadata': pairs.join(',') };
}

/** A request as tus clients send it; a stream is sent chunked. */
export async function send(
  method: string,
  url: string,
  { body, headers = {} }: { headers?: Headers; body?: Body | undefined } = {},
): Promise<Response> {
  const hasBody = body !== undefined;
  return fetch(url, {
    method,
    headers: { ...tus, ...(hasBody && pieceType), ...headers },
    ...(hasBody && { body, duplex: 'half' }),
  } as RequestInit);
}

/** Begins an upload and gives its address. */
export async function create(gatewayUrl: string, headers: Headers): Promise<string> {
  const answer = await send('POST', `${gatewayUrl}/api/v1/uploads`, { headers });
  if (answer.status !== 201) throw new Error(`the creation was answered ${answer.status}: ${await answer.text()}`);
  return new URL(answer.headers.get('Location') as string, gatewayUrl).href;
}

export function append(url: string, offset: number, body: Body, headers: Headers = {}): Promise<Response> {
  return send('PATCH', url, { headers: { 'Upload-Offset': String(offset), ...headers }, body });
}

/** The offset that the upload tells; undefined where it is no more. */
export async function offsetOf(url: string): Promise<number | undefined> {
  const answer = await send('HEAD', url);
  return answer.status === 200 ? Number(answer.headers.get('Upload-Offset')) : undefined;
}

/** The file that an upload has become. */
export function fileOf(url: string): string {
  return url.replace('/api/v1/uploads/', '/api/v1/files/');
}

/** Chunked, in pieces of its own. */
export function streamed(...pieces: (string | Uint8Array)[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
}

/** The same upload at another gateway. */
export function through(url: string, gateway: { url: string }): string {
  return gateway.url + new URL(url).pathname;
}
