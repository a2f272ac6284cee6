import { AppError, faultPoint } from '@wharf/service-kit';
import type { Body, Staged, StageOptions } from './body.js';
import { LongBody, type StagingResources } from './long-body.js';
import { ShortBody } from './short-body.js';

/**
 * Takes one body: its bytes in order, hashed on the way. Either `finish` or `discard` ends it. A body begins as a short one, in memory,
 * and goes to the disk once it is longer than that.
 */
export class StagedFile {
  sizeBytes = 0;
  private body: Body;

  constructor(
    readonly uid: string,
    private readonly path: string,
    private readonly resources: StagingResources,
    private readonly options: StageOptions,
  ) {
    this.body = new ShortBody(options);
  }

  /**
   * Takes `chunks`, which must not change afterwards. Where it gives a promise, call it again only after that resolved. Throws,
   * or rejects, when any of the bytes could not be written or hashed.
   */
  write(chunks: readonly Buffer[]): Promise<void> | undefined {
    for (const { length } of chunks) this.sizeBytes += length;
    const { maxBytes } = this.options;
    if (maxBytes !== undefined && this.sizeBytes > maxBytes) throw fileTooLarge(maxBytes);
    if (!(this.body instanceof ShortBody) || this.body.hasRoomFor(this.sizeBytes, chunks.length))
      return this.body.write(chunks);
    const all = [...this.body.chunks, ...chunks];
    this.body = new LongBody(this.path, this.resources, this.options);
    return this.body.write(all);
  }

  async finish(): Promise<Staged> {
    const { sizeBytes, uid } = this;
    const staged = { uid, sizeBytes, ...(await this.body.finish()) };
    await faultPoint('gateway.data_synced');
    return staged;
  }

  /** Leaves nothing on the volume. Idempotent, and right after `finish` too. */
  discard(): Promise<void> {
    return this.body.discard();
  }
}

export function fileTooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', `a file may have at most ${maxBytes} bytes`);
}
