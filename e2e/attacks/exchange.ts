import { connect, type Socket } from 'node:net';
import type { Target } from './attack.ts';

export interface Exchange {
  /** Of the first answer; undefined where the connection ended without one. */
  status: number | undefined;
  /** All that came back, as Latin-1, up to a mebibyte. */
  text: string;
  receivedBytes: number;
  /** The connection was still open when the patience ended. */
  isHanging: boolean;
}

const patienceMs = 15_000;
/** Before this the end of our half could cut off an answer that is being made. */
const silenceMs = 500;
const keptBytes = 1024 * 1024;

/** A connection from the attacker's address. Being cut off is what an attacker must expect: errors are ignored. */
export function openSocket(target: Target, options: { from?: string } = {}): Socket {
  const { from, host, port } = target;
  const socket = connect({ host, port, localAddress: options.from ?? from, noDelay: true, allowHalfOpen: true });
  socket.on('error', () => undefined);
  return socket;
}

/** The head of a request, ready to be sent. The target stands in it exactly as given. */
export function head(method: string, requestTarget: string, headers: Record<string, string | number> = {}): string {
  const lines = Object.entries({ Host: '127.0.0.1', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${requestTarget} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/**
 * Sends bytes as they are and reads until the connection is closed. Requests say `Connection: close`; where they may not be
 * understood, `ends` closes our half once an answer has begun, or none has for a while.
 */
export function exchange(
  target: Target,
  bytes: string | Buffer,
  options: { ends?: boolean; from?: string } = {},
): Promise<Exchange> {
  return new Promise((resolve) => {
    const socket = openSocket(target, options);
    const pieces: Buffer[] = [];
    let receivedBytes = 0;
    let isHanging = false;
    const timer = setTimeout(() => {
      isHanging = true;
      socket.destroy();
    }, patienceMs);
    const endTimer = options.ends ? setTimeout(() => socket.end(), silenceMs) : undefined;
    socket.on('data', (piece: Buffer) => {
      if (options.ends) socket.end();
      receivedBytes += piece.length;
      if (receivedBytes <= keptBytes) pieces.push(piece);
    });
    socket.on('end', () => socket.end());
    socket.on('close', () => {
      clearTimeout(timer);
      clearTimeout(endTimer);
      const text = Buffer.concat(pieces).toString('latin1');
      const status = /^HTTP\/1\.1 (\d{3})/.exec(text)?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), text, receivedBytes, isHanging });
    });
    socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
  });
}

/** The body of the first answer as JSON. */
export function jsonOf<Body>({ text }: Exchange): Body {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4)) as Body;
}

/** A file of the attacker's own. */
export async function upload(target: Target, bytes: Buffer, query = ''): Promise<string> {
  const headers = { 'Content-Length': bytes.length, Connection: 'close' };
  const sent = Buffer.concat([Buffer.from(head('POST', `/api/v1/files/stream${query}`, headers)), bytes]);
  const answer = await exchange(target, sent);
  if (answer.status !== 201) throw new Error(`the attacker's own file was answered ${answer.status}: ${answer.text}`);
  return jsonOf<{ uid: string }>(answer).uid;
}

/** Goes through `step` in so many lanes at a time until the signal, or until it has been done `count` times. */
export async function inLanes(
  width: number,
  signal: AbortSignal,
  step: (index: number) => Promise<unknown>,
  count = Number.POSITIVE_INFINITY,
): Promise<void> {
  let next = 0;
  const lane = async () => {
    while (!signal.aborted && next < count) await step(next++);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

/** Resolves at the signal. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Calls `step` at an interval until the signal. */
export async function every(intervalMs: number, signal: AbortSignal, step: () => void): Promise<void> {
  const timer = setInterval(step, intervalMs);
  await untilAborted(signal);
  clearInterval(timer);
}

/** What a client does that answers must not do to it: no answer at all, or one that blames the server. */
export function complaintOf(what: string, { isHanging, status }: Exchange): string | undefined {
  if (isHanging) return `${what} was not answered within ${patienceMs / 1000} s`;
  if (status === undefined) return `${what}: the connection ended without an answer`;
  return status === 500 ? `${what} was answered 500` : undefined;
}
