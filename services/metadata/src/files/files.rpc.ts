import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  DeleteFile,
  ExpireDue,
  GetFile,
  ListFiles,
  ListPurgeCandidates,
  type LocatedFileRecord,
  RecordAccesses,
  type RpcReply,
  type RpcRequest,
  UpdateFile,
} from '@wharf/contracts';
import { Metadata } from '../metadata.js';
import { deleteFile } from './delete-file.js';
import { expireDue } from './expire-due.js';
import { getFile } from './get-file.js';
import { listFiles } from './list-files.js';
import { listPurgeCandidates } from './list-purge-candidates.js';
import { recordAccesses } from './record-accesses.js';
import { updateFile } from './update-file.js';

@Controller()
export class FilesRpc {
  constructor(private readonly metadata: Metadata) {}

  @MessagePattern(GetFile.subject)
  get(@Payload() { uid }: RpcRequest<typeof GetFile>): Promise<LocatedFileRecord> {
    return getFile(this.metadata, uid);
  }

  @MessagePattern(DeleteFile.subject)
  delete(@Payload() { uid }: RpcRequest<typeof DeleteFile>): Promise<LocatedFileRecord> {
    return deleteFile(this.metadata, uid);
  }

  @MessagePattern(UpdateFile.subject)
  update(@Payload() request: RpcRequest<typeof UpdateFile>): Promise<LocatedFileRecord> {
    return updateFile(this.metadata, request);
  }

  @MessagePattern(ListFiles.subject)
  list(@Payload() request: RpcRequest<typeof ListFiles>): Promise<RpcReply<typeof ListFiles>> {
    return this.metadata.lists.run(() => listFiles(this.metadata.orm, request));
  }

  @MessagePattern(ListPurgeCandidates.subject)
  listPurgeCandidates(
    @Payload() request: RpcRequest<typeof ListPurgeCandidates>,
  ): Promise<RpcReply<typeof ListPurgeCandidates>> {
    return listPurgeCandidates(this.metadata.orm, request);
  }

  @MessagePattern(RecordAccesses.subject)
  recordAccesses(@Payload() request: RpcRequest<typeof RecordAccesses>): Promise<RpcReply<typeof RecordAccesses>> {
    return recordAccesses(this.metadata.orm, request);
  }

  @MessagePattern(ExpireDue.subject)
  expireDue(@Payload() request: RpcRequest<typeof ExpireDue>): Promise<RpcReply<typeof ExpireDue>> {
    return expireDue(this.metadata, request);
  }
}
