import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { ChosenFile } from './read-dropped.ts';
import { Upload, type UploadTarget } from './upload.ts';

const concurrency = 3;
const isOpen = (upload: Upload) => ['sending', 'waiting'].includes(upload.state.value);

/** What somebody has chosen to send; a few at a time are on their way. */
export class UploadQueue {
  readonly uploads: Signal<Upload[]> = signal<Upload[]>([]);
  /** How many were sent since the page was opened. */
  readonly doneCount: Signal<number> = signal(0);
  readonly isBusy: ReadonlySignal<boolean> = computed(() =>
    this.uploads.value.some((upload) => isOpen(upload) || upload.state.value === 'queued'),
  );
  readonly #target: UploadTarget;

  constructor(target: UploadTarget) {
    this.#target = target;
    addEventListener('online', () => {
      for (const upload of this.uploads.peek()) upload.hurry();
    });
    addEventListener('beforeunload', (event) => {
      if (this.isBusy.peek()) event.preventDefault();
    });
  }

  add(chosen: readonly ChosenFile[]): void {
    const added = chosen.map((one) => {
      const upload: Upload = new Upload(one, this.#target, () => this.#ended(upload));
      return upload;
    });
    this.uploads.value = [...this.uploads.peek(), ...added];
    this.#startNext();
  }

  pause(upload: Upload): void {
    upload.pause();
    this.#startNext();
  }

  /** Of one that was paused or has failed. */
  resume(upload: Upload): void {
    upload.state.value = 'queued';
    this.#startNext();
  }

  remove(upload: Upload): void {
    void upload.cancel();
    this.#forget((one) => one === upload);
  }

  /** Those that need nobody any more leave the list. */
  clear(): void {
    this.#forget((one) => one.state.peek() === 'done');
  }

  #forget(isGone: (upload: Upload) => boolean): void {
    this.uploads.value = this.uploads.peek().filter((one) => !isGone(one));
    this.#startNext();
  }

  #ended(upload: Upload): void {
    if (upload.state.peek() === 'done') this.doneCount.value++;
    this.#startNext();
  }

  #startNext(): void {
    const open = this.uploads.peek().filter((upload) => ['sending', 'waiting'].includes(upload.state.peek())).length;
    const waiting = this.uploads.peek().filter((upload) => upload.state.peek() === 'queued');
    for (const upload of waiting.slice(0, Math.max(0, concurrency - open))) void upload.start();
  }
}
