import type { Upload } from 'tus-js-client';
import type { Connection } from './connection.ts';
import { Content } from './content.ts';
import { runLanes } from './lanes.ts';
import type { ResumableOrder, WorkDone } from './orders.ts';

const tus = { Host: '127.0.0.1', 'Tus-Resumable': '1.0.0' };

/** Uploads contents by tus and looks at what came of each. */
export async function resume(order: ResumableOrder): Promise<WorkDone> {
  const contents = Array.from({ length: order.count }, (_, number) => new Content(number, order.sizeBytes));
  // Before the clock runs.
  const bodies = order.chunkBytes === undefined ? [] : contents.map((content) => Buffer.concat([...content.slices()]));
  if (order.namesFile) for (const content of contents) void content.sha256;
  const send = order.chunkBytes === undefined ? undefined : await chunkSender(order, order.chunkBytes);
  const { ports, sizeBytes } = order;
  const extent = { port: ports[0] as number, connections: 1, count: order.count };
  const done = await runLanes(extent, async (connection, index) => {
    const uid = send
      ? await send(bodies[index] as Buffer)
      : await sendWhole(connection, order, contents[index] as Content);
    return { status: 204, bytes: sizeBytes, ...(order.namesFile && { uid }) };
  });
  if (order.namesFile) await requireRecords(order, contents, done.uids);
  return done;
}

/** In one PATCH. Gives the last word of the upload's address, which is the uid of its file. */
async function sendWhole(connection: Connection, order: ResumableOrder, content: Content): Promise<string> {
  const { headers, path, sizeBytes } = order;
  const length = { 'Upload-Length': String(sizeBytes), 'Content-Length': '0' };
  const created = await connection.exchange([head('POST', path, { ...tus, ...headers, ...length })]);
  const location = /\r\nlocation: *(\S+)/i.exec(created.head)?.[1];
  if (created.status !== 201 || !location) throw new Error(`a creation answered ${created.status}`);
  const address = location.replace(/^https?:\/\/[^/]+/, '');
  const piece = { 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' };
  const all = { ...tus, ...headers, ...piece, 'Content-Length': String(sizeBytes) };
  const { head: answer, status } = await connection.exchange([head('PATCH', address, all), ...content.slices()]);
  if (status !== 204) throw new Error(`a PATCH answered ${status}`);
  return lastWordOf(requireNamed(order, answer, address));
}

function head(method: string, path: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}

function requireNamed({ namesFile }: ResumableOrder, answer: string, address: string): string {
  if (namesFile && !/\r\nwharf-file: */i.test(answer)) throw new Error(`${address} is whole, and no file`);
  return address;
}

function lastWordOf(address: string): string {
  return address.split('/').at(-1) as string;
}

/** By `tus-js-client`, as it comes. */
async function chunkSender(order: ResumableOrder, chunkBytes: number): Promise<(body: Buffer) => Promise<string>> {
  const { DefaultHttpStack, Upload } = await import('tus-js-client');
  const { headers, path, ports } = order;
  let requests = 0;
  class InTurn extends DefaultHttpStack {
    override createRequest(method: string, address: string) {
      const url = new URL(address);
      url.port = String(ports[requests++ % ports.length]);
      return super.createRequest(method, url.href);
    }
  }
  return (body) =>
    new Promise((resolve, reject) => {
      const upload: Upload = new Upload(body, {
        ...{ endpoint: `http://127.0.0.1:${ports[0]}${path}`, headers, chunkSize: chunkBytes },
        ...{ httpStack: new InTurn({}), retryDelays: [], storeFingerprintForResuming: false },
        onError: reject,
        onSuccess: () => resolve(lastWordOf(upload.url as string)),
      });
      upload.start();
    });
}

async function requireRecords(
  { headers, ports, sizeBytes }: ResumableOrder,
  contents: readonly Content[],
  uids: readonly string[],
): Promise<void> {
  for (const [index, uid] of uids.entries()) {
    const answer = await fetch(`http://127.0.0.1:${ports[0]}/api/v1/files/${uid}/metadata`, { headers });
    const record = (await answer.json()) as { sha256: string; size_bytes: number };
    if (record.sha256 !== contents[index]?.sha256 || record.size_bytes !== sizeBytes)
      throw new Error(`${uid} is another file: ${JSON.stringify(record)}`);
  }
}
