import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Answer {
  status: number;
  head: string;
  bodyBytes: number;
  /** Kept where nobody asked to see the bytes as they come. */
  body: Buffer;
}

interface Reading {
  onBody: ((bytes: Buffer, position: number) => void) | undefined;
  kept: Buffer[];
  head: Buffer;
  answer: Answer | undefined;
  expectedBytes: number;
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

const readBytes = 256 * 1024;
/** Read to the last chunk and not looked into: nothing that matters here comes in chunks. */
const inChunks = Number.POSITIVE_INFINITY;
const lastChunk = Buffer.from('0\r\n\r\n');
const headEnd = Buffer.from('\r\n\r\n');

/**
 * One kept HTTP/1.1 connection that costs as little as possible, so that what is measured is the server: requests are
 * prepared bytes, everything is read into one buffer. Answers that matter must say their length.
 */
export class Connection {
  private readonly port: number;
  private socket: Socket | undefined;
  private reading: Reading | undefined;

  constructor(port: number) {
    this.port = port;
  }

  /** Sends the slices of one request and reads its answer; one at a time. `onBody` must not keep its bytes. */
  async exchange(request: Iterable<Buffer>, onBody?: (bytes: Buffer, position: number) => void): Promise<Answer> {
    const socket = this.socket ?? (await this.open());
    const answered = new Promise<Answer>((resolve, reject) => {
      const expectedBytes = 0;
      this.reading = { onBody, kept: [], head: Buffer.alloc(0), answer: undefined, expectedBytes, resolve, reject };
    });
    // A refusal may come while we still send: whoever waits for the answer sees it, the sending just ends.
    await Promise.race([sendAll(socket, request), answered]);
    const answer = await answered;
    if (/\r\nconnection: close/i.test(answer.head)) this.close();
    return answer;
  }

  close(): void {
    this.socket?.destroy();
    this.socket = undefined;
  }

  private async open(): Promise<Socket> {
    const socket = connect({
      host: '127.0.0.1',
      port: this.port,
      noDelay: true,
      onread: {
        buffer: Buffer.allocUnsafeSlow(readBytes),
        callback: (length, buffer) => this.take(Buffer.from(buffer.buffer, buffer.byteOffset, length)),
      },
    });
    await once(socket, 'connect');
    this.socket = socket;
    const fail = (error: Error) => {
      if (this.socket === socket) this.socket = undefined;
      this.reading?.reject(error);
    };
    socket.on('error', fail);
    socket.on('close', () => fail(new Error('the server closed the connection before its answer was over')));
    return socket;
  }

  private take(bytes: Buffer): boolean {
    const reading = this.reading;
    if (!reading) return true;
    if (reading.answer) this.takeBody(reading, bytes);
    else this.takeHead(reading, bytes);
    return true;
  }

  private takeHead(reading: Reading, bytes: Buffer): void {
    reading.head = reading.head.length === 0 ? Buffer.from(bytes) : Buffer.concat([reading.head, bytes]);
    const end = reading.head.indexOf(headEnd);
    if (end < 0) return;
    const head = reading.head.toString('latin1', 0, end);
    const status = Number(head.slice(9, 12));
    reading.expectedBytes = bodyLength(head, status);
    if (Number.isNaN(reading.expectedBytes)) return reading.reject(new Error(`an answer without a length: ${head}`));
    reading.answer = { status, head, bodyBytes: 0, body: Buffer.alloc(0) };
    this.takeBody(reading, reading.head.subarray(end + headEnd.length));
  }

  private takeBody(reading: Reading, bytes: Buffer): void {
    const { answer, expectedBytes, kept, onBody } = reading;
    if (!answer) return;
    if (bytes.length > 0) {
      if (onBody) onBody(bytes, answer.bodyBytes);
      else kept.push(Buffer.from(bytes));
    }
    answer.bodyBytes += bytes.length;
    if (expectedBytes === inChunks && kept.at(-1)?.subarray(-lastChunk.length).equals(lastChunk))
      return this.end(reading);
    if (answer.bodyBytes < expectedBytes) return;
    if (answer.bodyBytes > expectedBytes) return reading.reject(new Error('an answer is longer than it says'));
    this.end(reading);
  }

  private end({ answer, kept, resolve }: Reading): void {
    this.reading = undefined;
    if (answer) resolve({ ...answer, body: Buffer.concat(kept) });
  }
}

function bodyLength(head: string, status: number): number {
  if (status === 204) return 0;
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return inChunks;
  return Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN);
}

async function sendAll(socket: Socket, request: Iterable<Buffer>): Promise<void> {
  for (const slice of request) {
    if (slice.length === 0) continue;
    if (!socket.write(slice) && socket.writableNeedDrain) await drained(socket);
    if (socket.destroyed) return;
  }
}

function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off('drain', done).off('close', done);
      resolve();
    };
    socket.on('drain', done).on('close', done);
  });
}
