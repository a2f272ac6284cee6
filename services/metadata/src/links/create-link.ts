import type { MikroORM } from '@mikro-orm/postgresql';
import type { CreateLink, RpcRequest } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { inOneStatement } from '../database/in-transaction.js';
import { exhausted, refuseEndedFile, type ServedState, servedStateColumns } from '../files/refuse-ended-file.js';

/**
 * Creates a link to a file that can still be read; again under the same id it changes nothing. A file that ends at this
 * moment keeps the link, which then leads to an ended file. Throws what the contract names.
 */
export async function createLink(orm: MikroORM, request: RpcRequest<typeof CreateLink>): Promise<void> {
  await inOneStatement(orm, async (em) => {
    const [file] = await em.execute<(ServedState & { is_used_up: boolean })[]>(
      `select ${servedStateColumns}, coalesce(file.download_count >= file.max_downloads, false) as is_used_up
       from files file where file.uid = ?`,
      [request.uid],
    );
    if (!file) throw new AppError('file_not_found', `no file ${request.uid} is recorded`);
    refuseEndedFile(file);
    if (file.is_used_up) throw exhausted();
    await em.execute(
      `insert into links (id, file_uid, token_hash, expires_at, max_downloads) values (?, ?, ?, ?, ?)
       on conflict do nothing`,
      [request.link_id, request.uid, request.token_hash, request.expires_at, request.max_downloads],
    );
  });
}
