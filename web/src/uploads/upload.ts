import { type Signal, signal } from '@preact/signals';
import { type DetailedError, Upload as TusUpload } from 'tus-js-client';
import { ApiError, errorOf } from '../api/api-error.ts';
import { renewSession } from '../api/renew-session.ts';
import type { ChosenFile } from './read-dropped.ts';
import { Speed } from './speed.ts';

/** `waiting`: the network or the server is away for a moment. */
export type UploadState = 'queued' | 'sending' | 'waiting' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface UploadTarget {
  /** Credentials beside cookies, such as the token of a request. */
  headers: Record<string, string>;
  /** What an unfinished upload is known by after a reload, beside its file: who sends what where. */
  name: string;
}

/** Below what proxies take in one request. */
const chunkBytes = 64 * 1024 * 1024;
/** Of one outage: every byte that arrives begins them anew. */
const retryDelays = [200, 500, 1000, 2000, ...Array.from({ length: 60 }, () => 3000)];
const oneRequestBytes = 1024 * 1024;
const passing = [0, 401, 409, 423, 429];

/** One file on its way, resumable: after a break, and after a reload when the same file is chosen again. */
export class Upload {
  readonly id: string = Math.random().toString(36).slice(2);
  readonly state: Signal<UploadState> = signal<UploadState>('queued');
  readonly sentBytes: Signal<number> = signal(0);
  /** Bytes a second. */
  readonly speed: Signal<number> = signal(0);
  readonly error: Signal<unknown> = signal<unknown>(undefined);
  readonly chosen: ChosenFile;
  readonly #onEnd: () => void;
  readonly #tus: TusUpload;
  readonly #speed = new Speed();

  constructor(chosen: ChosenFile, target: UploadTarget, onEnd: () => void) {
    this.chosen = chosen;
    this.#onEnd = onEnd;
    const { file, path } = chosen;
    this.#tus = new TusUpload(file, {
      endpoint: '/api/v1/uploads',
      headers: target.headers,
      chunkSize: chunkBytes,
      retryDelays,
      // One request; a longer one would have no address before its end.
      uploadDataDuringCreation: file.size <= oneRequestBytes,
      removeFingerprintOnSuccess: true,
      fingerprint: async () => ['wharf', target.name, path, file.size, file.lastModified].join(' '),
      metadata: {
        filename: file.name,
        filetype: file.type,
        ...(path !== file.name && { metadata: JSON.stringify({ path }) }),
      },
      onProgress: (sent) => this.#progress(sent),
      onShouldRetry: (error) => this.#shouldRetry(error),
      onError: (error) => void this.#fail(error),
      onSuccess: () => this.#end('done'),
    });
  }

  /** Of the file that it became, which has the uid of the upload. */
  get uid(): string | undefined {
    return this.#tus.url?.split('/').at(-1);
  }

  async start(): Promise<void> {
    this.state.value = 'sending';
    this.error.value = undefined;
    if (this.#tus.url === null) {
      const [previous] = await this.#tus.findPreviousUploads();
      if (previous) this.#tus.resumeFromPreviousUpload(previous);
    }
    // It may have been paused meanwhile.
    if (this.state.peek() === 'sending') this.#tus.start();
  }

  async pause(): Promise<void> {
    this.state.value = 'paused';
    this.speed.value = 0;
    await this.#tus.abort();
  }

  /** The server forgets what it has. */
  async cancel(): Promise<void> {
    const wasBegun = this.#tus.url !== null && this.state.peek() !== 'done';
    this.#end('cancelled');
    await this.#tus.abort(wasBegun).catch(() => undefined);
  }

  /** Not later, but now. */
  async hurry(): Promise<void> {
    if (this.state.peek() !== 'waiting') return;
    await this.#tus.abort();
    await this.start();
  }

  #progress(sent: number): void {
    if (this.state.peek() === 'waiting') this.state.value = 'sending';
    this.sentBytes.value = sent;
    this.speed.value = this.#speed.add(sent, performance.now());
  }

  #shouldRetry(error: Error | DetailedError): boolean {
    const status = statusOf(error);
    if (status === 401) return false;
    if (!passing.includes(status) && status < 500) return false;
    if (status === 507) return false;
    this.state.value = 'waiting';
    this.speed.value = 0;
    return true;
  }

  async #fail(thrown: Error | DetailedError): Promise<void> {
    const status = statusOf(thrown);
    if (status === 401 && (await renewSession())) return this.start();
    if (this.state.peek() === 'paused' || this.state.peek() === 'cancelled') return;
    this.error.value = apiErrorOf(thrown, status);
    this.#end('failed');
  }

  #end(state: 'done' | 'failed' | 'cancelled'): void {
    this.state.value = state;
    this.speed.value = 0;
    if (state === 'done') this.sentBytes.value = this.chosen.file.size;
    this.#onEnd();
  }
}

function answerOf(error: Error | DetailedError) {
  return 'originalResponse' in error ? error.originalResponse : null;
}

function statusOf(error: Error | DetailedError): number {
  return answerOf(error)?.getStatus() ?? 0;
}

function apiErrorOf(error: Error | DetailedError, status: number): unknown {
  const answer = answerOf(error);
  if (answer) return errorOf(status, answer.getBody() ?? '', answer.getHeader('Retry-After'));
  return 'originalResponse' in error ? new ApiError('unreachable') : error;
}
