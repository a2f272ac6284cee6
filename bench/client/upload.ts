import { Content } from './content.ts';
import { type Exchange, runLanes } from './lanes.ts';
import type { UploadOrder, WorkDone } from './orders.ts';

const boundary = 'wharf-bench-4f2a9c0d7b1e';
/** A body up to here leaves in one piece with its head: one write, as clients of small files do. */
const joinedBytes = 64 * 1024;

/** A request that is ready to be written. */
interface Prepared {
  content: Content;
  slices(): Iterable<Buffer>;
}

/** Uploads contents and looks at every answer: its status, and the digest and size of what it names. */
export async function upload(order: UploadOrder): Promise<WorkDone> {
  const requests = Array.from({ length: order.contents }, (_, index) =>
    prepare(order, (order.firstContent ?? 0) + index),
  );
  return runLanes(order, async (connection, index): Promise<Exchange> => {
    const { content, slices } = requests[index % requests.length] as Prepared;
    const { body, status } = await connection.exchange(slices());
    if (status < 200 || status > 299) throw new Error(`upload answered ${status}: ${body.toString().slice(0, 300)}`);
    if (!order.answersDigest) return { status, bytes: order.sizeBytes };
    const answer = JSON.parse(body.toString()) as { sha256: string; size_bytes: number; uid?: string };
    if (answer.sha256 !== content.sha256 || answer.size_bytes !== order.sizeBytes) {
      throw new Error(`upload answered with another file: ${body.toString().slice(0, 300)}`);
    }
    return { status, bytes: order.sizeBytes, ...(answer.uid && { uid: answer.uid }) };
  });
}

function prepare(order: UploadOrder, number: number): Prepared {
  const content = new Content(number, order.sizeBytes);
  if (order.answersDigest) void content.sha256;
  const [before, after] = order.body === 'form' ? formAround(number) : [Buffer.alloc(0), Buffer.alloc(0)];
  const lengthBytes = before.length + order.sizeBytes + after.length;
  const type = order.body === 'form' ? `multipart/form-data; boundary=${boundary}` : 'application/octet-stream';
  const headers = { Host: '127.0.0.1', 'Content-Type': type, ...order.headers, 'Content-Length': String(lengthBytes) };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const text = `${order.method} ${order.path} HTTP/1.1\r\n${lines.join('')}\r\n`
    .replace('{n}', String(number))
    .replace('{size}', String(order.sizeBytes));
  const slices = () => [headOf(text), before, ...content.slices(), after];
  if (lengthBytes > joinedBytes) return { content, slices };
  if (text.includes('{unique}')) return { content, slices: () => [Buffer.concat(slices())] };
  const joined = [Buffer.concat(slices())];
  return { content, slices: () => joined };
}

let names = 0;

function headOf(text: string): Buffer {
  return Buffer.from(text.replace('{unique}', () => `${process.pid}-${names++}`));
}

function formAround(number: number): [Buffer, Buffer] {
  const before = [
    `--${boundary}`,
    `Content-Disposition: form-data; name="file"; filename="bench-${number}.bin"`,
    'Content-Type: application/octet-stream',
    '',
    '',
  ];
  return [Buffer.from(before.join('\r\n')), Buffer.from(`\r\n--${boundary}--\r\n`)];
}
