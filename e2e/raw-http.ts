import { type Agent, type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';

/** Header lines in the order in which they are sent; a name may come more than once. */
export type HeaderLines = [name: string, value: string][];

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string> | HeaderLines;
  body?: string;
  agent?: Agent;
}

/**
 * One request exactly as it is written here: `fetch` would tidy header lines, decode bodies and follow redirects.
 * Rejects when the connection breaks, also in the middle of the body.
 */
export async function rawRequest(url: string, options: RawRequest = {}): Promise<RawAnswer> {
  const answer = await openAnswer(url, options);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  if (!answer.complete) throw new Error('the body broke off');
  return { status: answer.statusCode as number, headers: answer.headers, body: Buffer.concat(chunks) };
}

/** The answer as soon as its headers are there; nothing of the body is read before the caller reads it. */
export function openAnswer(
  url: string,
  { method = 'GET', headers = {}, body, agent }: RawRequest = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers: asNodeHeaders(url, headers), ...(agent && { agent }) });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.end(body);
  });
}

function asNodeHeaders(url: string, headers: Record<string, string> | HeaderLines): OutgoingHttpHeaders {
  if (!Array.isArray(headers)) return headers;
  // A flat list is what Node writes as it stands, and then it adds no Host by itself.
  return ['Host', new URL(url).host, ...headers.flat()] as unknown as OutgoingHttpHeaders;
}

/** All that comes back for a text that is sent as it stands here, until the connection ends. Answers are told to end it. */
export function sendText(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = '';
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setEncoding('latin1');
    socket.on('data', (piece) => {
      received += piece;
    });
    // How it ended does not matter: what came before does.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(text, 'latin1');
  });
}
