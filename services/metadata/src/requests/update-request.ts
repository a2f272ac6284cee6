import type { MikroORM } from '@mikro-orm/postgresql';
import type { KeptRequest, RpcRequest, UpdateRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import { type RequestRow, requestColumns, toKeptRequest } from './kept-request.js';
import { requestNotFound } from './refuse-delivery.js';

/** Under the lock of the row, by which deliveries are reserved: none that begins after it is judged by what was before. */
const update = perScope((kind) =>
  statement(`
    update file_requests set
      title = coalesce(:title, title),
      message = case when :changesMessage then :message else message end,
      max_files = coalesce(:max_files, max_files),
      max_bytes = coalesce(:max_bytes, max_bytes),
      max_file_size = coalesce(:max_file_size, max_file_size),
      allowed_types = coalesce(:allowed_types, allowed_types),
      expires_at = coalesce(:expires_at, expires_at),
      closed_at = case :is_closed::boolean when true then coalesce(closed_at, now()) when false then null else closed_at end
    where id = :id and ${scopeCondition(kind, 'file_requests', ':value')}
    returning ${requestColumns}`),
);

/** Throws `request_not_found`. */
export async function updateRequest(
  orm: MikroORM,
  { caller, changes, request_id: id }: RpcRequest<typeof UpdateRequest>,
): Promise<KeptRequest> {
  const { kind, value } = scopeOf(caller, 'change');
  const changesMessage = changes.message !== undefined;
  const [row] = await run<RequestRow>(orm, update(kind), { ...changes, changesMessage, id, value });
  if (!row) throw requestNotFound();
  return toKeptRequest(row);
}
