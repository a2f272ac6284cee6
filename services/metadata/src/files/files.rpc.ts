import { Controller } from '@nestjs/common';
import {
  AssignOwner,
  DeleteFile,
  ExpireDue,
  GetFile,
  GetFiles,
  ListFiles,
  ListPurgeCandidates,
  type LocatedFileRecord,
  RecordAccesses,
  type RpcReply,
  type RpcRequest,
  UpdateFile,
} from '@wharf/contracts';
import { OnRpc } from '@wharf/messaging/nest';
import { Metadata } from '../metadata.js';
import { assignOwner } from './assign-owner.js';
import { deleteFile } from './delete-file.js';
import { expireDue } from './expire-due.js';
import { getFile, getFiles } from './get-file.js';
import { listFiles } from './list-files.js';
import { listPurgeCandidates } from './list-purge-candidates.js';
import { recordAccesses } from './record-accesses.js';
import { updateFile } from './update-file.js';

@Controller()
export class FilesRpc {
  constructor(private readonly metadata: Metadata) {}

  @OnRpc(GetFile)
  get(request: RpcRequest<typeof GetFile>): Promise<LocatedFileRecord> {
    return getFile(this.metadata, request);
  }

  @OnRpc(GetFiles)
  async getMany(request: RpcRequest<typeof GetFiles>): Promise<RpcReply<typeof GetFiles>> {
    return { files: await getFiles(this.metadata, request) };
  }

  @OnRpc(DeleteFile)
  delete(request: RpcRequest<typeof DeleteFile>): Promise<LocatedFileRecord> {
    return deleteFile(this.metadata, request);
  }

  @OnRpc(UpdateFile)
  update(request: RpcRequest<typeof UpdateFile>): Promise<LocatedFileRecord> {
    return updateFile(this.metadata, request);
  }

  @OnRpc(ListFiles)
  list(request: RpcRequest<typeof ListFiles>): Promise<RpcReply<typeof ListFiles>> {
    return this.metadata.lists.run(() => listFiles(this.metadata.orm, request));
  }

  @OnRpc(AssignOwner)
  assignOwner(request: RpcRequest<typeof AssignOwner>): Promise<RpcReply<typeof AssignOwner>> {
    return assignOwner(this.metadata, request);
  }

  @OnRpc(ListPurgeCandidates)
  listPurgeCandidates(request: RpcRequest<typeof ListPurgeCandidates>): Promise<RpcReply<typeof ListPurgeCandidates>> {
    return listPurgeCandidates(this.metadata.orm, request);
  }

  @OnRpc(RecordAccesses)
  recordAccesses(request: RpcRequest<typeof RecordAccesses>): Promise<RpcReply<typeof RecordAccesses>> {
    return recordAccesses(this.metadata.orm, request);
  }

  @OnRpc(ExpireDue)
  expireDue(request: RpcRequest<typeof ExpireDue>): Promise<RpcReply<typeof ExpireDue>> {
    return expireDue(this.metadata, request);
  }
}
