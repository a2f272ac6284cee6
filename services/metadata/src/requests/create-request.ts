import type { Caller, CreateRequest, KeptRequest, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { AppError } from '@wharf/service-kit';
import type { Metadata } from '../metadata.js';
import { type RequestRow, requestColumns, toKeptRequest } from './kept-request.js';

const insert = statement(`
  with inserted as (
  insert into file_requests (id, owner_id, has_account, token_hash, title, message, max_files, max_bytes, max_file_size, allowed_types,
    expires_at, password_hash)
  values (:request_id, :owner, :hasAccount, :token_hash, :title, :message, :max_files, :max_bytes, :max_file_size, :allowed_types,
    :expires_at, :password_hash)
  on conflict do nothing
  returning ${requestColumns}
  )
  select * from inserted
  union all
  select ${requestColumns} from file_requests
  where id = :request_id and token_hash = :token_hash and owner_id is not distinct from :owner
    and not exists (select 1 from inserted)`);

/** Again under the same id it changes nothing. Throws `conflict`, `unavailable`. */
export async function createRequest(
  { hasher, orm }: Pick<Metadata, 'hasher' | 'orm'>,
  { caller, password, ...request }: RpcRequest<typeof CreateRequest>,
): Promise<KeptRequest> {
  const password_hash = password === null ? null : await hasher.hash(password);
  const [row] = await run<RequestRow>(orm, insert, {
    ...request,
    password_hash,
    owner: caller.id,
    hasAccount: hasAccount(caller),
  });
  if (!row) throw new AppError('conflict', 'there is another request of this id or token');
  return toKeptRequest(row);
}

/** Whether the accounts service knows the caller. */
function hasAccount({ kind }: Caller): boolean {
  return kind === 'user' || kind === 'key';
}
