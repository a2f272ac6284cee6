import { AppError, faultPoint, isMissing } from '@wharf/service-kit';
import { bytesLost, type HashAlgorithm, type Reservation, type UploadFile } from '@wharf/volume';
import type { Gateway } from '../gateway.js';
import { HeadJudge } from '../uploads/head-judge.js';
import { readBody } from '../uploads/read-body.js';
import { requireDigests } from '../uploads/stated-digests.js';
import { type Piece, pieceTooLarge, requireWithin } from './judge-piece.js';
import { removeUpload } from './remove-upload.js';
import { restUntil } from './rest-until.js';
import { endedAt, isComplete, placeOf, type UploadEntry } from './upload-entry.js';
import type { UploadLease } from './upload-lease.js';

export interface Checksum {
  algorithm: HashAlgorithm;
  /** As hex. */
  digest: string;
}

interface ReceivedPiece extends Pick<Piece, 'checksum' | 'digests' | 'isLast' | 'onProgress' | 'request'> {
  reservation: Reservation;
}

/** A request that breaks off loses at most what came behind the last of these, and does so only where its gateway dies. */
const commitBytes = 16 * 1024 * 1024;

/**
 * Writes a body behind the offset, and moves that once the bytes are durable: now and then while they arrive, and at the end; with a checksum
 * at the end alone. Of a body that breaks off it keeps what arrived. The upload is given back, unless it is whole.
 * Throws `checksum_mismatch`, `digest_mismatch`, `content_type_not_allowed`, `file_too_large`, `incomplete_body`, `upload_locked`, and what the volume says.
 */
export async function receivePiece(gateway: Gateway, lease: UploadLease, piece: ReceivedPiece): Promise<void> {
  const { isLast, onProgress, request, reservation } = piece;
  const isStated = statedOf(piece).length > 0;
  const { uid, entry } = lease;
  const file = gateway.volume.uploads.append(placeOf(uid, entry), {
    offset: entry.offset,
    hash: gateway.resumable.hashes.take(uid, entry.offset),
    checksums: statedOf(piece),
    reservation,
    takesChunks: true,
  });
  const receiver = new PieceReceiver(gateway, lease, { file, isCommittedAtOnce: isStated, onProgress });
  try {
    await readBody(request, (chunk) => receiver.take(chunk), lease.signal);
    await receiver.finish();
    if (isStated) await requireChecksums(file, piece);
    await faultPoint('gateway.piece_synced');
    await receiver.keep({ isLast });
  } catch (error) {
    if (isMissing(error)) {
      await file.close();
      await removeUpload(gateway, lease);
      throw bytesLost();
    }
    if (!isStated && !lease.isOver) await receiver.keepRest(error);
    throw error;
  } finally {
    await file.close();
  }
}

/** One body on its way into the file of its upload. */
class PieceReceiver {
  private readonly firstByte: number;
  private committedTo: number;
  private committing: Promise<void> | undefined;
  private failure: unknown;
  /** Of bytes from the beginning of a file; what is joined later is judged then. */
  private readonly headJudge: HeadJudge | undefined;

  constructor(
    private readonly gateway: Gateway,
    private readonly lease: UploadLease,
    private readonly options: { file: UploadFile; isCommittedAtOnce: boolean; onProgress: Piece['onProgress'] },
  ) {
    const { kind, name, offset, type } = lease.entry;
    this.firstByte = offset;
    this.committedTo = offset;
    const isBeginning = offset === 0 && kind !== 'partial';
    this.headJudge = isBeginning ? HeadJudge.of(gateway.config, { sentName: name, declaredType: type }) : undefined;
    lease.awaitClient();
  }

  take(chunk: Buffer): Promise<void> | undefined {
    if (this.failure) throw this.failure;
    const { file } = this.options;
    this.requireRoom(file.position + chunk.length);
    this.lease.stopAwaiting();
    const judging = this.headJudge?.take(chunk);
    const taking = file.write([chunk]);
    if (file.position - this.committedTo >= commitBytes) this.commitMeanwhile();
    if (!taking && !judging) {
      this.lease.awaitClient();
      return undefined;
    }
    return Promise.all([taking, judging]).then(() => this.lease.awaitClient());
  }

  /** Everything is durable, and nothing is said of it. */
  async finish(): Promise<void> {
    this.lease.stopAwaiting();
    await this.committing;
    await this.options.file.flush();
  }

  /** All that was taken counts. The upload is given back, unless a file is to be made of it. */
  async keep({ isLast }: Pick<Piece, 'isLast'>): Promise<void> {
    const { lease } = this;
    const { file } = this.options;
    const { hashes } = this.gateway.resumable;
    const offset = file.position;
    const hash = await file.close({ keepsHash: true });
    if (hash) hashes.keep(lease.uid, { offset, hash });
    const change = { ...this.changeTo(offset), ...(isLast && endedAt(offset, lease.entry)) };
    try {
      if (isComplete({ ...lease.entry, ...change })) await lease.write(change);
      else await lease.release(change);
    } catch (error) {
      hashes.drop(lease.uid);
      throw error;
    }
    await faultPoint('gateway.offset_told');
  }

  /** What came before a failure is kept as far as that is possible. */
  async keepRest(failure: unknown): Promise<void> {
    try {
      await this.finish();
      await this.keep({ isLast: undefined });
    } catch (error) {
      this.gateway.logger.debug({ error, failure, uid: this.lease.uid }, 'what arrived last of an upload is lost');
    }
  }

  private commitMeanwhile(): void {
    const { file, isCommittedAtOnce } = this.options;
    if (isCommittedAtOnce || this.committing) return;
    this.committedTo = file.position;
    this.committing = file
      .sync()
      .then(async (position) => {
        await this.lease.write(this.changeTo(position));
        this.options.onProgress?.(position);
      })
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.committing = undefined;
      });
  }

  private changeTo(offset: number): Pick<UploadEntry, 'offset' | 'expires_at'> {
    return { offset, expires_at: restUntil(this.gateway.config) };
  }

  private requireRoom(position: number): void {
    const { config } = this.gateway;
    const { maxAppendBytes = Number.POSITIVE_INFINITY } = config;
    requireWithin(position, { length: this.lease.entry.length, maxFileSizeBytes: config.maxFileSizeBytes });
    if (position - this.firstByte > maxAppendBytes) throw pieceTooLarge(maxAppendBytes);
  }
}

/** The algorithms by which something is said of a piece. */
function statedOf({ checksum, digests }: Pick<ReceivedPiece, 'checksum' | 'digests'>): HashAlgorithm[] {
  const stated = new Set<HashAlgorithm>();
  if (checksum) stated.add(checksum.algorithm);
  for (const { algorithm } of digests ?? []) stated.add(algorithm);
  return [...stated];
}

async function requireChecksums(file: UploadFile, { checksum, digests }: ReceivedPiece): Promise<void> {
  const received = await file.appendedDigests();
  if (digests) requireDigests(digests, received);
  if (checksum && received[checksum.algorithm] !== checksum.digest)
    throw new AppError('checksum_mismatch', 'the bytes that arrived are not those of the checksum; none was kept');
}
