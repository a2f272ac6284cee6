import { type Signal, signal } from '@preact/signals';
import { WebUploadStore, WharfError } from '@wharf/client';
import { sender } from '../api/wharf.ts';
import type { ChosenFile } from './read-dropped.ts';
import { Speed } from './speed.ts';

/** `waiting`: the network or the server is away for a moment. */
export type UploadState = 'queued' | 'sending' | 'waiting' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface UploadTarget {
  /** Of a request to which the files are delivered. */
  request?: { token: string };
  /** What an unfinished upload is known by after a reload, beside its file: who sends what where. */
  name: string;
}

const store = new WebUploadStore();
/** Nothing moves for so long: then it is said. */
const silenceMs = 3_000;
/** Between the tries of one that nothing has helped yet. */
const againMs = 5_000;

/** One file on its way, resumable: after a break, and after a reload when the same file is chosen again. */
export class Upload {
  readonly id: string = Math.random().toString(36).slice(2);
  readonly state: Signal<UploadState> = signal<UploadState>('queued');
  readonly sentBytes: Signal<number> = signal(0);
  /** Bytes a second. */
  readonly speed: Signal<number> = signal(0);
  readonly error: Signal<unknown> = signal<unknown>(undefined);
  readonly chosen: ChosenFile;
  readonly #target: UploadTarget;
  readonly #onEnd: () => void;
  readonly #speed = new Speed();
  #ending = new AbortController();
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(chosen: ChosenFile, target: UploadTarget, onEnd: () => void) {
    this.chosen = chosen;
    this.#target = target;
    this.#onEnd = onEnd;
  }

  async start(): Promise<void> {
    const ending = new AbortController();
    this.#ending = ending;
    this.state.value = 'sending';
    this.error.value = undefined;
    this.#listen();
    try {
      await this.#send(ending.signal);
      this.sentBytes.value = this.chosen.file.size;
      this.#end('done');
    } catch (error) {
      if (ending.signal.aborted) return;
      if (mayPass(error)) return this.#waitAndStart(ending.signal);
      this.error.value = error;
      this.#end('failed');
    }
  }

  pause(): void {
    this.#stop('paused');
  }

  /** The server forgets what it has. */
  async cancel(): Promise<void> {
    const wasDone = this.state.peek() === 'done';
    this.#stop('cancelled');
    if (!wasDone) await sender.discardUpload(store, this.#fingerprint).catch(() => undefined);
  }

  /** Not later, but now: the network is back. */
  hurry(): void {
    if (this.state.peek() !== 'waiting') return;
    this.#stop('queued');
    void this.start();
  }

  get #fingerprint(): string {
    const { file, path } = this.chosen;
    return [this.#target.name, path, file.size, file.lastModified].join('|');
  }

  async #send(signal: AbortSignal): Promise<void> {
    const { file, path } = this.chosen;
    const { request } = this.#target;
    await sender.upload(file, {
      ...{ name: file.name, type: file.type, signal, store, fingerprint: this.#fingerprint },
      ...(path !== file.name && { options: { metadata: { path } } }),
      ...(request && { request }),
      onProgress: (sent) => this.#progress(sent),
    });
  }

  #progress(sent: number): void {
    if (this.state.peek() === 'waiting') this.state.value = 'sending';
    this.sentBytes.value = sent;
    this.speed.value = this.#speed.add(sent, performance.now());
    this.#listen();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#wait(), silenceMs);
  }

  #wait(): void {
    if (this.state.peek() !== 'sending') return;
    this.state.value = 'waiting';
    this.speed.value = 0;
  }

  #waitAndStart(signal: AbortSignal): void {
    this.#wait();
    clearTimeout(this.#silence);
    setTimeout(() => !signal.aborted && void this.start(), againMs);
  }

  #stop(state: 'queued' | 'paused' | 'cancelled'): void {
    clearTimeout(this.#silence);
    this.state.value = state;
    this.speed.value = 0;
    this.#ending.abort(new Error(state));
  }

  #end(state: 'done' | 'failed'): void {
    clearTimeout(this.#silence);
    this.state.value = state;
    this.speed.value = 0;
    this.#onEnd();
  }
}

function mayPass(error: unknown): boolean {
  return error instanceof WharfError && ['unavailable', 'upload_locked'].includes(error.code);
}
