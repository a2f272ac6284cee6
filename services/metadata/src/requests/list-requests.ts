import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListRequests, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import { type RequestRow, requestColumns, toKeptRequest } from './kept-request.js';

const select = perScope((kind) =>
  statement(`
    select ${requestColumns} from file_requests
    where ${scopeCondition(kind, 'file_requests', ':value')} and (:before::uuid is null or id < :before)
    order by id desc limit :limit`),
);

/** One page by their ids, which go by time, the newest first. */
export async function listRequests(
  orm: MikroORM,
  { caller, cursor, limit }: RpcRequest<typeof ListRequests>,
): Promise<RpcReply<typeof ListRequests>> {
  const { kind, value } = scopeOf(caller, 'list');
  const rows = await run<RequestRow>(orm, select(kind), { value, before: cursor, limit: limit + 1 });
  const page = rows.slice(0, limit);
  return {
    requests: page.map(toKeptRequest),
    next_cursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
  };
}
