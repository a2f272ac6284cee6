import type { MikroORM } from '@mikro-orm/postgresql';
import type { GetRequest, KeptRequest, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import { type RequestRow, requestColumns, toKeptRequest } from './kept-request.js';
import { requestNotFound } from './refuse-delivery.js';

const select = perScope((kind) =>
  statement(`
    select ${requestColumns} from file_requests where id = :id and ${scopeCondition(kind, 'file_requests', ':value')}`),
);

/** Throws `request_not_found`. */
export async function getRequest(
  orm: MikroORM,
  { caller, request_id: id }: RpcRequest<typeof GetRequest>,
): Promise<KeptRequest> {
  const { kind, value } = scopeOf(caller, 'change');
  const [row] = await run<RequestRow>(orm, select(kind), { id, value });
  if (!row) throw requestNotFound();
  return toKeptRequest(row);
}
