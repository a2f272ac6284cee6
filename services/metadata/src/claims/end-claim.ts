import type { EntityManager } from '@mikro-orm/postgresql';
import type { FileEntity } from '../files/file.entity.js';

interface Ending {
  link_id: string | null;
  sent_bytes: number;
}

interface Limit {
  maxDownloads: number | null;
  givenBackBytes: number;
}

/**
 * Whether a session was sent too much to be given back. All sessions that are given back may together be sent half of the file,
 * and begin anew when a download is counted: whoever breaks off before the last byte, under whatever name, and whoever puts
 * the file together from parts of many sessions, uses downloads up. Call it with the file locked.
 */
export async function isTooMuchToGiveBack(em: EntityManager, file: FileEntity, ending: Ending): Promise<boolean> {
  const isTooMuch = ({ maxDownloads, givenBackBytes }: Limit) =>
    maxDownloads !== null && givenBackBytes + ending.sent_bytes > file.sizeBytes / 2;
  if (ending.sent_bytes === 0) return false;
  if (isTooMuch(file)) return true;
  if (ending.link_id === null) return false;
  const [link] = await em.execute<Limit[]>(
    'select max_downloads as "maxDownloads", given_back_bytes::float8 as "givenBackBytes" from links where id = ?',
    [ending.link_id],
  );
  return link !== undefined && isTooMuch(link);
}

/** Counts an open claim. Call it with the file locked. */
export async function countDownload(em: EntityManager, file: FileEntity, { link_id }: Ending): Promise<void> {
  file.openClaims -= 1;
  file.downloadCount += 1;
  file.givenBackBytes = 0;
  if (link_id === null) return;
  await em.execute(
    `update links set open_claims = open_claims - 1, download_count = download_count + 1, given_back_bytes = 0
     where id = ?`,
    [link_id],
  );
}

/** Gives an open claim back. Call it with the file locked. */
export async function giveBackDownload(
  em: EntityManager,
  file: FileEntity,
  { link_id, sent_bytes }: Ending,
): Promise<void> {
  file.openClaims -= 1;
  // Nobody reads the sum while the file has no limit, and one that comes later begins anew.
  if (file.maxDownloads !== null) file.givenBackBytes += sent_bytes;
  if (link_id === null) return;
  await em.execute(
    'update links set open_claims = open_claims - 1, given_back_bytes = given_back_bytes + ? where id = ?',
    [sent_bytes, link_id],
  );
}
