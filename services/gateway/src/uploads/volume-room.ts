import { AppError, SharedWork } from '@wharf/service-kit';
import type { Volume } from '@wharf/volume';

/** Asked for at once by a body whose length nobody announced; also how often a running upload looks at the volume again. */
const stepBytes = 4 * 1024 * 1024;
/** For so long an answer of the volume is good enough for uploads that leave it far more room than they take. */
const rememberedMs = 50;
const ampleBytes = 256 * 1024 * 1024;
/** What an upload takes beside its bytes: a journal entry, with the bytes of a short part, new folders, the rest of its last block. */
const besideBytes = 160 * 1024;

/**
 * Room on the volume above its reserve, as this process has promised it to uploads. What was announced counts from the
 * beginning, so that uploads that would not fit together are not begun together.
 *
 * Other gateways on the same volume have books of their own: running uploads look at the volume again every few mebibytes, so
 * that all of them together stop soon after the reserve is reached.
 */
export class VolumeRoom {
  /** Promised and not written yet: what is written shows in the free bytes of the volume. */
  private promisedBytes = 0;
  private writtenBytes = 0;
  private lastAnswer = { freeBytes: 0, writtenBefore: 0, untilMs: 0 };
  private readonly asking = new SharedWork(() => this.askVolume());

  constructor(
    private readonly volume: Pick<Volume, 'freeBytes'>,
    private readonly reserveBytes: number,
  ) {}

  /** Room for an upload of `announcedBytes`, 0 where they are unknown. Throws `insufficient_storage`. Release what you get. */
  async claim(announcedBytes: number): Promise<RoomClaim> {
    const neededBytes = announcedBytes + besideBytes;
    await this.promise(neededBytes, neededBytes);
    return new RoomClaim(this, announcedBytes);
  }

  /** Promises up to `wantedBytes`, and at least `neededBytes`. Throws `insufficient_storage`. */
  async promise(wantedBytes: number, neededBytes: number): Promise<number> {
    if (!this.hasAmpleRoomFor(wantedBytes)) await this.asking.run();
    // From here on at one go: another upload that waited as well must find what is promised to this one.
    const leftBytes = this.leftBytes();
    const givenBytes = Math.min(wantedBytes, leftBytes);
    if (givenBytes < neededBytes) throw pastReserve();
    this.promisedBytes += givenBytes;
    return givenBytes;
  }

  private hasAmpleRoomFor(bytes: number): boolean {
    return performance.now() < this.lastAnswer.untilMs && this.leftBytes() - bytes > ampleBytes;
  }

  private async askVolume(): Promise<void> {
    const writtenBefore = this.writtenBytes;
    const freeBytes = await this.volume.freeBytes();
    this.lastAnswer = { freeBytes, writtenBefore, untilMs: performance.now() + rememberedMs };
  }

  /** What was written since the volume was asked may be missing from its answer, and is no longer promised. */
  private leftBytes(): number {
    const { freeBytes, writtenBefore } = this.lastAnswer;
    return freeBytes - (this.writtenBytes - writtenBefore) - this.promisedBytes - this.reserveBytes;
  }

  /** Throws `insufficient_storage` once the reserve is touched, by whomever. */
  async requireReserve(): Promise<void> {
    if ((await this.volume.freeBytes()) < this.reserveBytes) throw pastReserve();
  }

  /** A promise that was kept. */
  wrote(bytes: number): void {
    this.promisedBytes -= bytes;
    this.writtenBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.promisedBytes -= bytes;
  }
}

/** The room of one upload. */
export class RoomClaim {
  /** Of pieces under way to the disk. */
  private coveredBytes = 0;
  private unlookedBytes = 0;
  private lastCover: Promise<void> = Promise.resolve();
  private isReleased = false;

  constructor(
    private readonly room: VolumeRoom,
    /** Promised, and not yet for a piece that is under way. */
    private leftBytes: number,
  ) {}

  /** Before so many bytes are written; several pieces may be under way. Throws `insufficient_storage`. */
  cover(bytes: number): Promise<void> {
    // One after the other: what the one was given beyond its need is the next one's.
    const covered = this.lastCover.then(() => this.coverNext(bytes));
    this.lastCover = covered.catch(() => undefined);
    return covered;
  }

  private async coverNext(bytes: number): Promise<void> {
    this.unlookedBytes += bytes;
    const missingBytes = bytes - this.leftBytes;
    if (missingBytes > 0) {
      this.leftBytes += await this.room.promise(Math.max(missingBytes, stepBytes), missingBytes);
      this.unlookedBytes = 0;
    } else if (this.unlookedBytes >= stepBytes) {
      await this.room.requireReserve();
      this.unlookedBytes = 0;
    }
    this.leftBytes -= bytes;
    this.coveredBytes += bytes;
  }

  /** After they were written. */
  wrote(bytes: number): void {
    if (this.isReleased) return;
    this.coveredBytes -= bytes;
    this.room.wrote(bytes);
  }

  /** Once nothing more is written. Idempotent. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.room.giveBack(this.coveredBytes + this.leftBytes + besideBytes);
  }
}

function pastReserve(): AppError {
  return new AppError('insufficient_storage', 'the volume is past its reserve');
}
