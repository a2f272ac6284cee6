import type { MikroORM } from '@mikro-orm/postgresql';
import type { DueAttachment, ListDueAttachments, RpcReply, RpcRequest } from '@wharf/contracts';
import { run, statement } from '@wharf/database';

const select = statement(`
  select id, state, is_multipart from attachments where due_at <= now() order by due_at, id limit :limit`);

export async function listDueAttachments(
  orm: MikroORM,
  { limit }: RpcRequest<typeof ListDueAttachments>,
): Promise<RpcReply<typeof ListDueAttachments>> {
  return { attachments: await run<DueAttachment>(orm, select, { limit }) };
}
