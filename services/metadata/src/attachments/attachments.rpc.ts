import { Controller } from '@nestjs/common';
import {
  ConfirmAttachment,
  DeleteAttachment,
  GetAttachment,
  type KeptAttachment,
  ListAttachments,
  ListDueAttachments,
  type LocatedFileRecord,
  ReserveAttachment,
  type RpcReply,
  type RpcRequest,
  SettleAttachment,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { confirmAttachment } from './confirm-attachment.js';
import { deleteAttachment } from './delete-attachment.js';
import { getAttachment } from './get-attachment.js';
import { listAttachments } from './list-attachments.js';
import { listDueAttachments } from './list-due-attachments.js';
import { reserveAttachment } from './reserve-attachment.js';
import { settleAttachment } from './settle-attachment.js';

@Controller()
export class AttachmentsRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(ReserveAttachment)
  reserve(request: RpcRequest<typeof ReserveAttachment>): Promise<KeptAttachment> {
    return reserveAttachment(this.metadata, request);
  }

  @OnRpc(GetAttachment)
  get(request: RpcRequest<typeof GetAttachment>): Promise<KeptAttachment> {
    return getAttachment(this.metadata, request);
  }

  @OnRpc(ConfirmAttachment)
  confirm(request: RpcRequest<typeof ConfirmAttachment>): Promise<LocatedFileRecord> {
    return confirmAttachment(this.metadata, request);
  }

  @OnRpc(ListAttachments)
  list(request: RpcRequest<typeof ListAttachments>): Promise<RpcReply<typeof ListAttachments>> {
    return this.metadata.lists.run(() => listAttachments(this.metadata.orm, request));
  }

  @OnRpc(DeleteAttachment)
  async delete(request: RpcRequest<typeof DeleteAttachment>): Promise<RpcReply<typeof DeleteAttachment>> {
    await deleteAttachment(this.metadata, request);
    return {};
  }

  @OnRpc(ListDueAttachments)
  listDue(request: RpcRequest<typeof ListDueAttachments>): Promise<RpcReply<typeof ListDueAttachments>> {
    return listDueAttachments(this.metadata.orm, request);
  }

  @OnRpc(SettleAttachment)
  settle(request: RpcRequest<typeof SettleAttachment>): Promise<RpcReply<typeof SettleAttachment>> {
    return settleAttachment(this.metadata, request);
  }
}
