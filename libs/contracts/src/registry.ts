import type { EventDefinition, RpcDefinition } from './contract.js';
import {
  FileDeleted,
  FileLost,
  FilePurged,
  FileStored,
  FileSynced,
  FileSyncFailed,
  FileUpdated,
} from './file.events.js';
import { AuditCompleted, SweepCompleted } from './janitor.events.js';
import {
  ClaimDownload,
  CreateLink,
  DeleteFile,
  ExpireDue,
  GetFile,
  ListFiles,
  ListPurgeCandidates,
  ListRecords,
  RecordAccesses,
  RenewClaims,
  ReplayEvent,
  ResolveLink,
  RestorePlaces,
  RevokeLink,
  SettleDownload,
  UpdateFile,
} from './metadata.rpc.js';

export const events: readonly EventDefinition[] = [
  FileStored,
  FileSynced,
  FileSyncFailed,
  FilePurged,
  FileUpdated,
  FileDeleted,
  FileLost,
  SweepCompleted,
  AuditCompleted,
];

export const rpcs: readonly RpcDefinition[] = [
  GetFile,
  DeleteFile,
  UpdateFile,
  ListFiles,
  ClaimDownload,
  SettleDownload,
  RenewClaims,
  RecordAccesses,
  ListPurgeCandidates,
  ExpireDue,
  CreateLink,
  RevokeLink,
  ResolveLink,
  ListRecords,
  RestorePlaces,
  ReplayEvent,
] as const;

export function findEvent(type: string): EventDefinition | undefined {
  return events.find((event) => event.type === type);
}

export function findRpc(subject: string): RpcDefinition | undefined {
  return rpcs.find((rpc) => rpc.subject === subject || rpc.formerSubject === subject);
}
