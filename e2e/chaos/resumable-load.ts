import { setTimeout as delay } from 'node:timers/promises';
import type { Dialect } from './dialects.ts';
import { patienceMs, retryPauseMs } from './load.ts';

interface ResumableUpload {
  dialect: Dialect;
  gatewayUrls: readonly string[];
  headers: Record<string, string>;
  index: number;
  bytes: Buffer<ArrayBuffer>;
}

const pieces = 3;
const timeoutMs = 15_000;

/**
 * Sends bytes in pieces, each to the next gateway, and after whatever fails asks what is there: until the upload tells its file. Throws when
 * the upload forgets what it has told, when it is refused for good, or is not stored within two minutes.
 */
export async function resumeUntilStored(upload: ResumableUpload): Promise<{ uid: string; tries: number }> {
  const { gatewayUrls, index } = upload;
  const deadline = Date.now() + patienceMs;
  const client = new PieceSender(upload);
  let tries = 1;
  // Uploads begin at each gateway with and without their first piece.
  const first = Math.floor(index / 2);
  for (let requests = 0; Date.now() < deadline; requests++) {
    try {
      await client.goOn(gatewayUrls[(first + requests) % gatewayUrls.length] as string);
      if (client.fileUid) return { uid: client.fileUid, tries };
    } catch (error) {
      if (error instanceof BrokenPromise) throw error;
      client.isUncertain = true;
      tries++;
      await delay(retryPauseMs);
    }
  }
  throw new Error(`upload ${index} in pieces was never stored`);
}

class BrokenPromise extends Error {}

/** One upload, as its client knows it. */
class PieceSender {
  /** Whether the last request has failed, so that only the upload itself knows what it has. */
  isUncertain = false;
  fileUid: string | undefined;
  private path: string | undefined;
  private offset = 0;
  private readonly upload: ResumableUpload;

  constructor(upload: ResumableUpload) {
    this.upload = upload;
  }

  /** One request. Throws when it fails. */
  async goOn(gatewayUrl: string): Promise<void> {
    const answer = await this.send(gatewayUrl);
    await answer.body?.cancel();
    const { headers, ok, status } = answer;
    if (this.path && [400, 404, 410].includes(status))
      throw new BrokenPromise(`${this.path} answers ${status}, and has told ${this.offset} bytes`);
    if (!ok) throw new Error(`answered ${status}`);
    this.path ??= headers.get('Location') as string;
    const isFile = this.upload.dialect.isFile(headers);
    const offset = Number(headers.get('Upload-Offset'));
    if (offset < this.offset) throw new BrokenPromise(`${this.path} went back from ${this.offset} to ${offset}`);
    this.offset = offset;
    this.isUncertain = false;
    // The file has the uid of its upload.
    if (isFile) this.fileUid = this.path.split('/').at(-1);
  }

  private send(gatewayUrl: string): Promise<Response> {
    const { bytes, dialect, index } = this.upload;
    if (!this.path) {
      // Whose creation is not answered is begun once more: it must not be a whole one.
      const isFirstSent = index % 2 === 1 && bytes.length >= pieces;
      const { headers, path } = dialect.begin({ name: `chaos-${index}.bin`, length: bytes.length });
      return this.request(`${gatewayUrl}${path}`, 'POST', headers, isFirstSent ? this.piece() : undefined);
    }
    const url = `${gatewayUrl}${this.path}`;
    if (this.isUncertain) return this.request(url, 'HEAD', dialect.ask);
    // Where all bytes are there, and the file is not yet, it is asked for once more.
    const piece = this.piece();
    const isLast = this.offset + piece.length === bytes.length;
    return this.request(url, 'PATCH', dialect.append({ offset: this.offset, isLast }), piece);
  }

  private piece(): Buffer<ArrayBuffer> {
    const { bytes } = this.upload;
    return bytes.subarray(this.offset, this.offset + Math.ceil(bytes.length / pieces));
  }

  private request(
    url: string,
    method: string,
    headers: Record<string, string>,
    body?: Buffer<ArrayBuffer>,
  ): Promise<Response> {
    return fetch(url, {
      method,
      headers: { ...this.upload.headers, ...headers },
      signal: AbortSignal.timeout(timeoutMs),
      ...(body && { body }),
    });
  }
}
