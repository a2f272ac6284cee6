import type { EventDefinition, RpcDefinition } from './contract.js';
import { FileDeleted, FilePurged, FileStored, FileSynced, FileSyncFailed, FileUpdated } from './file.events.js';
import { SweepCompleted } from './janitor.events.js';
import { DeleteFile, GetFile, ListPurgeCandidates, UpdateFile } from './metadata.rpc.js';

export const events: readonly EventDefinition[] = [
  FileStored,
  FileSynced,
  FileSyncFailed,
  FilePurged,
  FileUpdated,
  FileDeleted,
  SweepCompleted,
];

export const rpcs: readonly RpcDefinition[] = [GetFile, DeleteFile, UpdateFile, ListPurgeCandidates] as const;

export function findEvent(type: string): EventDefinition | undefined {
  return events.find((event) => event.type === type);
}

export function findRpc(subject: string): RpcDefinition | undefined {
  return rpcs.find((rpc) => rpc.subject === subject);
}
