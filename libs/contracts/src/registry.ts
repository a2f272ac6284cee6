import { KeyCreated, KeyRevoked, LoggedIn, LoginFailed, SessionEnded, UserChanged } from './access.events.js';
import {
  CreateApiKey,
  CreateUser,
  EndSession,
  GetUser,
  ListApiKeys,
  ListSessions,
  ListUsers,
  LogIn,
  LogOut,
  ReadTrust,
  Refresh,
  Register,
  RevokeApiKey,
  UpdateUser,
  VerifyApiKey,
  WhoAmI,
} from './accounts.rpc.js';
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
  AssignOwner,
  ClaimDownload,
  CreateLink,
  DeleteFile,
  ExpireDue,
  GetFile,
  ListFiles,
  ListPurgeCandidates,
  ListRecords,
  RecordAccesses,
  ReleaseReservation,
  RenewClaims,
  RenewReservations,
  ReplayEvent,
  ReserveUpload,
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
  LoggedIn,
  LoginFailed,
  SessionEnded,
  KeyCreated,
  KeyRevoked,
  UserChanged,
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
  ReserveUpload,
  RenewReservations,
  ReleaseReservation,
  ListPurgeCandidates,
  ExpireDue,
  CreateLink,
  RevokeLink,
  ResolveLink,
  ListRecords,
  RestorePlaces,
  ReplayEvent,
  AssignOwner,
  Register,
  LogIn,
  Refresh,
  LogOut,
  WhoAmI,
  ListSessions,
  EndSession,
  CreateApiKey,
  ListApiKeys,
  RevokeApiKey,
  VerifyApiKey,
  ListUsers,
  GetUser,
  UpdateUser,
  CreateUser,
  ReadTrust,
] as const;

export function findEvent(type: string): EventDefinition | undefined {
  return events.find((event) => event.type === type);
}

export function findRpc(subject: string): RpcDefinition | undefined {
  return rpcs.find((rpc) => rpc.subject === subject || rpc.formerSubject === subject);
}
