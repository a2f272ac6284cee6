import { Writable } from 'node:stream';
import { AppError, faultPoint } from '@wharf/service-kit';
import type { FinishedPart, PartOptions, PartWriter, Volume } from '@wharf/volume';
import type { RoomClaim } from './volume-room.js';

type Callback = (error?: Error | null) => void;

const bufferedBytes = 1024 * 1024;

/**
 * The stream end of one part on the volume. After `finish` the bytes are durable and belong to the caller; destroyed before,
 * with or without an error, it leaves nothing behind. More than `maxBytes` fails with `file_too_large`, more than there is
 * room for with `insufficient_storage`.
 */
export class PartSink extends Writable {
  private part: FinishedPart | undefined;
  private writer: PartWriter | undefined;

  constructor(
    private readonly volume: Volume,
    private readonly uid: string,
    private readonly limits: { maxBytes: number; room: RoomClaim },
    private readonly options: PartOptions = {},
  ) {
    super({ highWaterMark: bufferedBytes });
  }

  /** What was written. Throws before the stream has finished. */
  finishedPart(): FinishedPart {
    if (!this.part) throw new AppError('internal', 'a part was asked for before it was finished');
    return this.part;
  }

  override _construct(callback: Callback): void {
    this.openPart().then(() => callback(), callback);
  }

  override _write(chunk: Buffer, _encoding: string, callback: Callback): void {
    this.writeAll([chunk], callback);
  }

  override _writev(chunks: { chunk: Buffer }[], callback: Callback): void {
    this.writeAll(
      chunks.map(({ chunk }) => chunk),
      callback,
    );
  }

  override _final(callback: Callback): void {
    this.finishPart().then(() => callback(), callback);
  }

  override _destroy(error: Error | null, callback: Callback): void {
    if (this.part || !this.writer) return callback(error);
    this.writer.discard().then(
      () => callback(error),
      (failure: Error) => callback(error ?? failure),
    );
  }

  private async openPart(): Promise<void> {
    this.writer = await this.volume.createPart(this.uid, this.options);
    await faultPoint('gateway.part_open');
  }

  private async finishPart(): Promise<void> {
    this.part = await this.openWriter().finish();
    await faultPoint('gateway.data_synced');
  }

  private writeAll(chunks: Buffer[], callback: Callback): void {
    const writer = this.openWriter();
    const addedBytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const { maxBytes, room } = this.limits;
    if (writer.sizeBytes + addedBytes > maxBytes) return callback(tooLarge(maxBytes));
    const write = async () => {
      await room.cover(addedBytes);
      await writer.write(chunks);
      room.wrote(addedBytes);
    };
    write().then(() => callback(), callback);
  }

  private openWriter(): PartWriter {
    if (!this.writer) throw new AppError('internal', 'a part was written before it was opened');
    return this.writer;
  }
}

export function tooLarge(maxBytes: number): AppError {
  return new AppError('file_too_large', `a file may have at most ${maxBytes} bytes`);
}
