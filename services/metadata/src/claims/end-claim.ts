import type { EntityManager } from '@mikro-orm/postgresql';
import type { FileEntity } from '../files/file.entity.js';
import { countLinkDownload, giveBackLinkDownload, isTooMuchToGiveBackOfLink } from './end-link-claim.js';

interface Ending {
  link_id: string | null;
  sent_bytes: number;
}

/**
 * Whether a session was sent too much to be given back. All sessions that are given back may together be sent half of the file,
 * and begin anew when a download is counted: whoever breaks off before the last byte, under whatever name, and whoever puts
 * the file together from parts of many sessions, uses downloads up. Call it with the file locked.
 */
export async function isTooMuchToGiveBack(em: EntityManager, file: FileEntity, ending: Ending): Promise<boolean> {
  const { link_id: linkId, sent_bytes: sentBytes } = ending;
  if (sentBytes === 0) return false;
  if (file.maxDownloads !== null && file.givenBackBytes + sentBytes > file.sizeBytes / 2) return true;
  return linkId !== null && isTooMuchToGiveBackOfLink(em, linkId, sentBytes / file.sizeBytes);
}

/** Counts an open claim. Call it with the file locked. */
export async function countDownload(em: EntityManager, file: FileEntity, { link_id: linkId }: Ending): Promise<void> {
  file.openClaims -= 1;
  file.downloadCount += 1;
  file.givenBackBytes = 0;
  if (linkId !== null) await countLinkDownload(em, linkId);
}

/** Gives an open claim back. Call it with the file locked. */
export async function giveBackDownload(em: EntityManager, file: FileEntity, ending: Ending): Promise<void> {
  const { link_id: linkId, sent_bytes: sentBytes } = ending;
  file.openClaims -= 1;
  // Nobody reads the sum while the file has no limit, and one that comes later begins anew.
  if (file.maxDownloads !== null) file.givenBackBytes += sentBytes;
  if (linkId !== null) await giveBackLinkDownload(em, linkId, sentBytes === 0 ? 0 : sentBytes / file.sizeBytes);
}
