import type { MikroORM } from '@mikro-orm/postgresql';
import type { ResolveRequest, RpcReply, RpcRequest } from '@wharf/contracts';
import { prepared, run } from '@wharf/database';
import { unlockKeyOf } from '../passwords/unlock-key.js';
import { type RequestRow, requestColumns, toKeptRequest } from './kept-request.js';
import { requestNotFound } from './refuse-delivery.js';

const select = prepared(
  'resolve_request',
  `select ${requestColumns} from file_requests where token_hash = :token_hash`,
);

/** The token is all the right that it takes. Throws `request_not_found`. */
export async function resolveRequest(
  orm: MikroORM,
  { token_hash }: RpcRequest<typeof ResolveRequest>,
): Promise<RpcReply<typeof ResolveRequest>> {
  const row = await findRequest(orm, token_hash);
  return {
    request: toKeptRequest(row),
    owner_id: row.owner_id,
    has_account: row.has_account,
    unlock_key: unlockKeyOf(row.password_hash),
    files_left: row.files_left,
    bytes_left: Number(row.bytes_left),
  };
}

/** Throws `request_not_found`. */
export async function findRequest(orm: MikroORM, token_hash: string): Promise<RequestRow> {
  const [row] = await run<RequestRow>(orm, select, { token_hash });
  if (!row) throw requestNotFound();
  return row;
}
