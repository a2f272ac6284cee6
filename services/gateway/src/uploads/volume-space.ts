import { AppError, Batcher } from '@wharf/service-kit';
import type { Reservation, Volume } from '@wharf/volume';

/** The largest step of a body that is reserved ahead of it; also how often a running upload looks at the volume again. */
const stepBytes = 4 * 1024 * 1024;
/**
 * Of the free space, what bodies that were announced and have not arrived may hold together. The rest is for those that arrive: a
 * client that announces and does not send keeps nobody else out.
 */
const announcedShare = 0.5;
/** What an upload takes beside its bytes: a journal entry, with the bytes of a short body, new folders, the rest of its last block. */
const besideBytes = 160 * 1024;

/**
 * Space on the volume above its reserve, as this process has reserved it for uploads.
 *
 * An announced body that does not fit is refused before it is sent. One that fits is reserved as a whole while all such reservations are at most
 * half of the free space, so that it will not meet a full volume. Beyond that, and where no length was announced, space is reserved step by step as
 * the body arrives, each step at most as large as what has arrived before: whoever sends little holds little.
 *
 * Other gateways on the same volume have books of their own: running uploads look at the volume again every few mebibytes, so
 * that all of them together stop soon after the reserve is reached.
 */
export class VolumeSpace {
  /** Reserved and not written yet: what is written shows in the free bytes of the volume. */
  private reservedBytes = 0;
  /** As much of it as is reserved for what was announced and has not arrived. */
  private announcedBytes = 0;
  private writtenBytes = 0;
  private lastAnswer = { freeBytes: 0, writtenBefore: 0 };
  private readonly asking = new Batcher(() => this.askVolume());

  constructor(
    private readonly volume: Pick<Volume, 'freeBytes'>,
    private readonly reserveBytes: number,
  ) {}

  /** Reserves space for an upload of `announcedBytes`, 0 where they are unknown. Throws `insufficient_storage`. Release what you get. */
  async reserve(announcedBytes: number): Promise<SpaceReservation> {
    const neededBytes = announcedBytes + besideBytes;
    await this.asking.add();
    const leftBytes = this.requireLeft(neededBytes);
    const mayHoldBytes = announcedShare * (leftBytes + this.announcedBytes) - this.announcedBytes;
    const heldBytes = announcedBytes <= mayHoldBytes ? announcedBytes : 0;
    this.announcedBytes += heldBytes;
    this.reservedBytes += heldBytes + besideBytes;
    return new SpaceReservation(this, heldBytes);
  }

  /** Reserves up to `wantedBytes`, and at least `neededBytes`. Throws `insufficient_storage`. */
  async reserveMore(wantedBytes: number, neededBytes: number): Promise<number> {
    await this.asking.add();
    const givenBytes = Math.min(wantedBytes, this.requireLeft(neededBytes));
    this.reservedBytes += givenBytes;
    return givenBytes;
  }

  /** What is decided by it has to be reserved at one go: another upload that waited as well must find it taken. */
  private requireLeft(neededBytes: number): number {
    const leftBytes = this.leftBytes();
    if (leftBytes < neededBytes) throw pastReserve();
    return leftBytes;
  }

  private async askVolume(): Promise<void> {
    const writtenBefore = this.writtenBytes;
    const freeBytes = await this.volume.freeBytes();
    this.lastAnswer = { freeBytes, writtenBefore };
  }

  /** What was written since the volume was asked may be missing from its answer, and is no longer reserved. */
  private leftBytes(): number {
    const { freeBytes, writtenBefore } = this.lastAnswer;
    return freeBytes - (this.writtenBytes - writtenBefore) - this.reservedBytes - this.reserveBytes;
  }

  /** Throws `insufficient_storage` once the reserve is touched, by whomever. */
  async requireReserve(): Promise<void> {
    if ((await this.volume.freeBytes()) < this.reserveBytes) throw pastReserve();
  }

  /** Of what was announced, so much has arrived, or will not come. */
  unannounce(bytes: number): void {
    this.announcedBytes -= bytes;
  }

  /** A reservation that was used. */
  commit(bytes: number): void {
    this.reservedBytes -= bytes;
    this.writtenBytes += bytes;
  }

  giveBack(bytes: number): void {
    this.reservedBytes -= bytes;
  }
}

/** The space of one upload. */
export class SpaceReservation implements Reservation {
  /** Of pieces under way to the disk. */
  private pendingBytes = 0;
  private arrivedBytes = 0;
  /** Reserved, and not yet for a piece that is under way. */
  private leftBytes: number;
  private unlookedBytes = 0;
  private lastReserve: Promise<void> = Promise.resolve();
  private isReleased = false;

  constructor(
    private readonly space: VolumeSpace,
    /** Reserved since it was announced, as much of it as has not arrived. */
    private announcedBytes: number,
  ) {
    this.leftBytes = announcedBytes;
  }

  /** Before so many bytes are written; several pieces may be under way. Throws `insufficient_storage`. */
  reserve(bytes: number): Promise<void> {
    // One after the other: what the one was given beyond its need is the next one's.
    const reserved = this.lastReserve.then(() => this.reserveNext(bytes));
    this.lastReserve = reserved.catch(() => undefined);
    return reserved;
  }

  private async reserveNext(bytes: number): Promise<void> {
    this.unlookedBytes += bytes;
    const missingBytes = bytes - this.leftBytes;
    if (missingBytes > 0) {
      const aheadBytes = Math.min(this.arrivedBytes, stepBytes);
      this.leftBytes += await this.space.reserveMore(Math.max(missingBytes, aheadBytes), missingBytes);
      this.unlookedBytes = 0;
    } else if (this.unlookedBytes >= stepBytes) {
      await this.space.requireReserve();
      this.unlookedBytes = 0;
    }
    this.leftBytes -= bytes;
    this.pendingBytes += bytes;
    this.arrivedBytes += bytes;
    this.unannounce(Math.min(bytes, this.announcedBytes));
  }

  private unannounce(bytes: number): void {
    this.announcedBytes -= bytes;
    this.space.unannounce(bytes);
  }

  /** After they were written. */
  commit(bytes: number): void {
    if (this.isReleased) return;
    this.pendingBytes -= bytes;
    this.space.commit(bytes);
  }

  /** Once nothing more is written. Idempotent. */
  release(): void {
    if (this.isReleased) return;
    this.isReleased = true;
    this.unannounce(this.announcedBytes);
    this.space.giveBack(this.pendingBytes + this.leftBytes + besideBytes);
  }
}

function pastReserve(): AppError {
  return new AppError('insufficient_storage', 'the volume is past its reserve');
}
