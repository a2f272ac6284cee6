import type { PresignedAttachment } from '@wharf/contracts';
import { Connection } from './connection.ts';
import { Content } from './content.ts';
import { type Exchange, runLanes } from './lanes.ts';
import type { AttachOrder, WorkDone } from './orders.ts';

const boundary = 'wharf-bench-91c6e0b7';

/** Sends contents straight to an S3 server, one after another: by forms that a gateway presigns and confirms, or by bare PUTs. */
export async function attach(order: AttachOrder): Promise<WorkDone> {
  const contents = Array.from({ length: order.count }, (_, number) => new Content(number, order.sizeBytes));
  const store = new Connection(order.storePort);
  try {
    return await runLanes({ port: order.port, connections: 1, count: order.count }, (gateway, index) => {
      const content = contents[index] as Content;
      const address = order.puts?.[index];
      return address === undefined
        ? presignSendConfirm({ gateway, store, order }, content)
        : putBare(store, address, content);
    });
  } finally {
    store.close();
  }
}

interface Ways {
  gateway: Connection;
  store: Connection;
  order: AttachOrder;
}

async function presignSendConfirm({ gateway, order, store }: Ways, content: Content): Promise<Exchange> {
  const { sizeBytes } = content;
  const named = { filename: 'bench.bin', content_type: 'application/octet-stream', size_bytes: sizeBytes };
  const presigned = (await postJson(gateway, order, 'presigned', named)) as PresignedAttachment;
  await sendForm(store, presigned, content);
  const { attachment_id } = presigned;
  const confirmed = (await postJson(gateway, order, 'confirm', { attachment_id })) as {
    id: string;
    size_bytes: number;
  };
  if (confirmed.id !== attachment_id || confirmed.size_bytes !== sizeBytes)
    throw new Error(`${attachment_id} was confirmed as another file: ${JSON.stringify(confirmed)}`);
  return { status: 200, bytes: sizeBytes, uid: attachment_id };
}

async function postJson(gateway: Connection, order: AttachOrder, step: string, body: object): Promise<unknown> {
  const bytes = Buffer.from(JSON.stringify(body));
  const headers = { ...order.headers, 'Content-Type': 'application/json', 'Content-Length': String(bytes.length) };
  const head = headOf('POST', `/api/v1/attachments/${step}`, { Host: '127.0.0.1', ...headers });
  const answer = await gateway.exchange([Buffer.concat([head, bytes])]);
  if (answer.status > 299) throw new Error(`${step} was answered ${answer.status}: ${answer.body.subarray(0, 300)}`);
  return JSON.parse(answer.body.toString());
}

async function sendForm(store: Connection, { fields = {}, url = '' }: PresignedAttachment, content: Content) {
  const parts = Object.entries(fields).map(
    ([name, value]) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const file = 'Content-Disposition: form-data; name="file"; filename="bench.bin"';
  const before = Buffer.from(`${parts.join('')}--${boundary}\r\n${file}\r\n\r\n`);
  const after = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { host, pathname } = new URL(url);
  const length = String(before.length + content.sizeBytes + after.length);
  const type = `multipart/form-data; boundary=${boundary}`;
  const head = headOf('POST', pathname, { Host: host, 'Content-Type': type, 'Content-Length': length });
  const answer = await store.exchange([head, before, ...content.slices(), after]);
  if (answer.status !== 204) throw new Error(`a form was answered ${answer.status}: ${answer.body.subarray(0, 300)}`);
}

async function putBare(store: Connection, address: string, content: Content): Promise<Exchange> {
  const { host, pathname, search } = new URL(address);
  const head = headOf('PUT', pathname + search, { Host: host, 'Content-Length': String(content.sizeBytes) });
  const { body, status } = await store.exchange([head, ...content.slices()]);
  if (status !== 200) throw new Error(`a PUT was answered ${status}: ${body.subarray(0, 300)}`);
  return { status, bytes: content.sizeBytes };
}

function headOf(method: string, path: string, headers: Record<string, string>): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
}
