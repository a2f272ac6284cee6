import { once } from 'node:events';
import { connect } from 'node:net';
import { statusesIn } from './raw-connection.ts';

export interface WholeUpload {
  /** Request line and headers, the empty line included. */
  head: string;
  bodyBytes: number;
  isChunked?: boolean;
  /** Sent behind the body. */
  afterwards?: string;
}

export interface UploadAnswer {
  statuses: number[];
  text: string;
  /** Whether the connection was reset: a client may then lose what it has not read yet. */
  wasReset: boolean;
}

const piece = Buffer.alloc(256 * 1024, 'x');

/** Sends all of an upload before it reads anything, as simple clients do, and then reads until the server has closed the connection. */
export async function uploadThenRead(url: string, upload: WholeUpload): Promise<UploadAnswer> {
  const { hostname, port } = new URL(url);
  const received: Buffer[] = [];
  const socket = connect({ host: hostname, port: Number(port) });
  let wasReset = false;
  socket.on('error', () => {
    wasReset = true;
  });
  const closed = once(socket, 'close').catch(() => once(socket, 'close'));
  socket.on('data', (bytes) => received.push(bytes)).pause();
  for (const bytes of piecesOf(upload)) {
    if (wasReset) break;
    if (!socket.write(bytes)) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
  }
  socket.resume();
  await closed;
  const text = Buffer.concat(received).toString('latin1');
  return { statuses: statusesIn(text), text, wasReset };
}

function* piecesOf({ head, bodyBytes, isChunked = false, afterwards = '' }: WholeUpload): Generator<Buffer> {
  yield Buffer.from(head, 'latin1');
  for (let left = bodyBytes; left > 0; left -= piece.length) {
    const bytes = piece.subarray(0, left);
    if (isChunked) yield Buffer.from(`${bytes.length.toString(16)}\r\n`);
    yield bytes;
    if (isChunked) yield Buffer.from('\r\n');
  }
  yield Buffer.from(isChunked ? `0\r\n\r\n${afterwards}` : afterwards);
}
