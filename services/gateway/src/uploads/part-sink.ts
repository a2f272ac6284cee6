import { AppError, faultPoint } from '@wharf/service-kit';
import type { FinishedPart, PartOptions, PartWriter, Volume } from '@wharf/volume';

export interface SinkOptions extends Omit<PartOptions, 'takesChunks'> {
  /** The name of the part on the volume. */
  uid: string;
  maxBytes: number;
}

/**
 * Where one upload's bytes go: a part on the volume, with the limits of an upload. After `finish` the bytes are durable and
 * belong to the caller; `discard`, before or after it, leaves nothing behind. More than `maxBytes` fails with
 * `file_too_large`, more than there is room for with `insufficient_storage`.
 */
export class PartSink {
  private constructor(
    private readonly writer: PartWriter,
    private readonly maxBytes: number,
  ) {}

  static async open(volume: Volume, { uid, maxBytes, ...options }: SinkOptions): Promise<PartSink> {
    const sink = new PartSink(await volume.createPart(uid, { ...options, takesChunks: true }), maxBytes);
    try {
      await faultPoint('gateway.part_open');
    } catch (error) {
      await sink.discard();
      throw error;
    }
    return sink;
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
