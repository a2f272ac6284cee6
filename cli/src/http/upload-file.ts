import { once } from 'node:events';
import { type FileHandle, open } from 'node:fs/promises';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { FileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { type Door, notReached, refusalOf } from './door.js';
import type { TransferProgress } from './transfer-progress.js';

/** A server that does not know `Expect` says nothing (RFC 9110 §10.1.1). */
const longestWaitMs = 1000;
const silenceMs = 120_000;

/**
 * Streams a file to the gateway, which may refuse it before its bytes are sent. Throws `conflict` for a file that becomes shorter meanwhile,
 * `unavailable`, and what the gateway refuses with.
 */
export async function uploadFile(
  door: Door,
  file: string,
  { name = path.basename(file), progress }: { name?: string | undefined; progress: TransferProgress },
): Promise<FileRecord> {
  const handle = await open(file);
  try {
    const info = await handle.stat();
    if (!info.isFile()) throw new AppError('invalid_request', `${file} is no file`);
    progress.begin(name, info.size);
    const { body, status } = await post(door, name, { handle, size: info.size, progress });
    if (status !== 201 && status !== 202) throw refusalOf({ status, body, headers: door.headers });
    return JSON.parse(body);
  } finally {
    progress.end();
    await handle.close();
  }
}

interface Source {
  handle: FileHandle;
  size: number;
  progress: TransferProgress;
}

async function post({ files, headers }: Door, name: string, source: Source): Promise<{ status: number; body: string }> {
  const address = new URL(`${files}/stream?filename=${encodeURIComponent(name)}`);
  // Not `fetch`, which cannot wait for the gateway's word before it sends a body.
  const request = (address.protocol === 'https:' ? https : http).request(address, {
    method: 'POST',
    headers: { ...headers, 'Content-Length': source.size, Expect: '100-continue' },
  });
  request.setTimeout(silenceMs, () => request.destroy(new Error('it says nothing any more')));
  const answered = new AbortController();
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', reject);
  }).finally(() => answered.abort());
  try {
    const [response] = await Promise.all([answer, send(request, source, answered.signal)]);
    return { status: response.statusCode ?? 0, body: await text(response) };
  } catch (error) {
    throw error instanceof AppError ? error : notReached(files, error);
  } finally {
    request.destroy();
  }
}

/** Until all is sent, or it is answered before that. */
async function send(request: ClientRequest, { handle, progress, size }: Source, answered: AbortSignal): Promise<void> {
  const untilAnswered = { signal: answered };
  const mayGoOn = AbortSignal.any([answered, AbortSignal.timeout(longestWaitMs)]);
  await once(request, 'continue', { signal: mayGoOn }).catch(() => undefined);
  let sent = 0;
  // What is added to the file meanwhile is not announced.
  const bytes =
    size === 0 ? [] : handle.createReadStream({ autoClose: false, end: size - 1, highWaterMark: 256 * 1024 });
  for await (const chunk of bytes) {
    if (answered.aborted) return;
    sent += (chunk as Buffer).length;
    if (!request.write(chunk)) await once(request, 'drain', untilAnswered).catch(() => undefined);
    progress.add((chunk as Buffer).length);
  }
  if (sent < size) {
    request.destroy();
    throw new AppError('conflict', 'the file became shorter while it was read');
  }
  request.end();
}
