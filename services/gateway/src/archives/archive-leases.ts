import type { DownloadLease } from '../downloads/download-leases.js';
import type { Gateway } from '../gateway.js';
import type { ArchiveToServe } from './archive-request.js';
import type { PlannedFile } from './planned-archive.js';

/**
 * What an archive has taken of the limits of its link and its files. A file counts as soon as all of it was sent; the link, when the archive is
 * complete or so much of it was sent that it cannot be given back.
 */
export class ArchiveLeases {
  /** Whether nothing was taken: then nobody but the gateway counts. */
  readonly areNone: boolean;

  constructor(private readonly leases: Map<string | null, DownloadLease>) {
    this.areNone = leases.size === 0;
  }

  finishFile(uid: string, sizeBytes: number): void {
    this.finish(uid, 'complete', sizeBytes);
  }

  complete(sentBytes: number): void {
    this.finish(null, 'complete', sentBytes);
  }

  /** `current` is the file of which something was sent. Those behind it are given back. */
  breakOff(sentBytes: number, current: { uid: string; sentBytes: number } | undefined): void {
    if (current) this.finish(current.uid, 'broken', current.sentBytes);
    this.finish(null, 'broken', sentBytes);
    for (const uid of [...this.leases.keys()]) this.finish(uid, 'broken', 0);
  }

  private finish(uid: string | null, outcome: 'complete' | 'broken', sentBytes: number): void {
    this.leases.get(uid)?.finish(outcome, sentBytes);
    this.leases.delete(uid);
  }
}

/** All or none, before the first byte. Throws what a download lease of any of them throws. */
export async function takeArchiveLeases(
  { leases }: Pick<Gateway, 'leases'>,
  { callerOf, link }: ArchiveToServe,
  { files, lengthBytes }: { files: readonly PlannedFile[]; lengthBytes: number },
): Promise<ArchiveLeases> {
  const limited = new Map(files.filter(({ isLimited }) => isLimited).map((file) => [file.uid, file]));
  if (limited.size === 0 && (link?.max_downloads ?? null) === null) return new ArchiveLeases(new Map());
  const uids = [...limited.keys()];
  const taken = await leases.takeForArchive({ caller: callerOf(uids), link_id: link?.id ?? null, uids }, (uid) =>
    uid === null ? lengthBytes : (limited.get(uid)?.sizeBytes ?? 0),
  );
  return new ArchiveLeases(taken);
}
