import type { EntityManager } from '@mikro-orm/postgresql';

/**
 * What was sent through a link is measured in shares of what each download was of, one of its files or the archive of all: half of one may be given back,
 * as of a file, whatever their sizes.
 */
export async function isTooMuchToGiveBackOfLink(
  em: EntityManager,
  linkId: string,
  sentShare: number,
): Promise<boolean> {
  const [link] = await em.execute<object[]>(
    'select 1 from links where id = ? and max_downloads is not null and given_back_share + ? > 0.5',
    [linkId, sentShare],
  );
  return link !== undefined;
}

export async function countLinkDownload(em: EntityManager, linkId: string): Promise<void> {
  await em.execute(
    `update links set open_claims = open_claims - 1, download_count = download_count + 1, given_back_share = 0
     where id = ?`,
    [linkId],
  );
}

export async function giveBackLinkDownload(em: EntityManager, linkId: string, sentShare: number): Promise<void> {
  await em.execute(
    'update links set open_claims = open_claims - 1, given_back_share = given_back_share + ? where id = ?',
    [sentShare, linkId],
  );
}
