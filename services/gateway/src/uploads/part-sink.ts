import { AppError, faultPoint } from '@wharf/service-kit';
import type { FinishedPart, PartOptions, PartWriter, Volume } from '@wharf/volume';

export interface SinkOptions extends Omit<PartOptions, 'takesChunks' | 'leavesShort'> {
  /** The name of the part on the volume. */
  uid: string;
  maxBytes: number;
}

/**
 * Where one upload's bytes go: a part, with the limits of an upload. After `finish` it belongs to the caller, durable on the
 * volume or short and in memory; `discard`, before or after it, leaves nothing behind. More than `maxBytes` fails with
 * `file_too_large`, more than there is room for with `insufficient_storage`.
 */
export class PartSink {
  private readonly writer: PartWriter;
  private readonly maxBytes: number;

  constructor(volume: Volume, { uid, maxBytes, ...options }: SinkOptions) {
    this.writer = volume.createPart(uid, { ...options, takesChunks: true, leavesShort: true });
    this.maxBytes = maxBytes;
  }

  /** The chunk is the sink's from then on. Where it gives a promise, write more only after that resolved. */
  write(chunk: Buffer): Promise<void> | undefined {
    if (this.writer.sizeBytes + chunk.length > this.maxBytes) throw tooLarge(this.maxBytes);
    return this.writer.write([chunk]);
  }

  async finish(): Promise<FinishedPart> {
    const part = await this.writer.finish();
    await faultPoint('gateway.data_synced');
    return part;
  }

  discard(): Promise<void> {
    return this.writer.discard();
  }
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', `a file may have at most ${maxBytes} bytes`);
}
