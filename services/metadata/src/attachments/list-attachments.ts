import type { MikroORM } from '@mikro-orm/postgresql';
import type { ListAttachments, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';
import { perScope, scopeCondition, scopeOf } from '../access/file-scope.js';
import { type RecordRow, recordColumns, rowToFileRecord } from '../files/to-file-record.js';

const columns = recordColumns
  .split(',')
  .map((column) => `file.${column.trim()}`)
  .join(', ');

const select = perScope((kind) =>
  statement(`
    select ${columns} from files file join attachments attachment on attachment.id = file.uid
    where file.status <> 'deleted' and ${scopeCondition(kind, 'file', ':value')}
      and (:messageId::text is null or file.message_id = :messageId)
      and (:after::uuid is null or file.uid > :after)
    order by file.uid limit :limit`),
);

/** One page of what is confirmed, by their ids, which go by time. */
export async function listAttachments(
  orm: MikroORM,
  { after, caller, limit, message_id: messageId }: RpcRequest<typeof ListAttachments>,
): Promise<RpcReply<typeof ListAttachments>> {
  const { kind, value } = scopeOf(caller, 'list');
  const rows = await run<RecordRow>(orm, select(kind), { value, messageId, after, limit });
  return { files: rows.map(rowToFileRecord), next: rows.length === limit ? (rows.at(-1)?.uid ?? null) : null };
}
