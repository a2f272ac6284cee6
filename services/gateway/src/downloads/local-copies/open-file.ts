import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import type { Progress, Source } from '../source.js';
import { writeNext } from '../write-bytes.js';
import type { ReadBuffers } from './read-buffers.js';

/** A file that is open for any number of downloads at a time: each reads at positions of its own. */
export class OpenFile implements Source {
  readonly place = 'local';
  private users = 1;

  constructor(
    readonly handle: FileHandle,
    private readonly buffers: ReadBuffers,
  ) {}

  /** For one more user, who closes it too. */
  share(): this {
    this.users++;
    return this;
  }

  async close(): Promise<void> {
    this.users--;
    if (this.users === 0) await this.handle.close();
  }

  /** Through at most two buffers: memory is the same for any size. */
  async writeTo(response: ServerResponse, progress: Progress): Promise<void> {
    const taken = [this.buffers.take()];
    if (leftOf(progress) > sizeOf(taken)) taken.push(this.buffers.take());
    try {
      if (leftOf(progress) <= sizeOf(taken)) await this.writeAtOnce(response, progress, taken);
      else await this.writeAlternately(response, progress, taken);
    } catch (error) {
      // The system may still be reading them.
      for (const buffer of taken) this.buffers.forget(buffer);
      throw error;
    }
    for (const buffer of taken) this.buffers.giveBack(buffer);
  }

  /** What fits into the buffers, such as the ranges that players ask for: one read, and one system call that sends. */
  private async writeAtOnce(response: ServerResponse, progress: Progress, buffers: readonly Buffer[]): Promise<void> {
    let wanted = leftOf(progress);
    const views = buffers.map((buffer) => {
      const view = buffer.subarray(0, wanted);
      wanted -= view.length;
      return view;
    });
    let { bytesRead } = await this.handle.readv(views, progress.position);
    const filled = views.map((view) => {
      const part = view.subarray(0, bytesRead);
      bytesRead -= part.length;
      return part;
    });
    await Promise.all(filled.filter(({ length }) => length > 0).map((part) => writeNext(response, progress, part)));
  }

  /** One buffer is filled while the other is on its way to the client. */
  private async writeAlternately(
    response: ServerResponse,
    progress: Progress,
    buffers: readonly Buffer[],
  ): Promise<void> {
    const written: Promise<void>[] = buffers.map(() => Promise.resolve());
    for (let index = 0; progress.position <= progress.end; index = 1 - index) {
      await written[index];
      const buffer = buffers[index] as Buffer;
      const wanted = Math.min(buffer.length, leftOf(progress));
      const { bytesRead } = await this.handle.read(buffer, 0, wanted, progress.position);
      if (bytesRead === 0) break;
      written[index] = writeNext(response, progress, buffer.subarray(0, bytesRead));
    }
    await Promise.all(written);
  }
}

function leftOf({ end, position }: Progress): number {
  return end - position + 1;
}

function sizeOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, { length }) => sum + length, 0);
}
