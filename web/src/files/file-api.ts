import type { FilePage, FileRecord } from '@wharf/contracts';
import { call } from '../api/call.ts';
import { pageSize } from './record-window.ts';

export interface FileFilter {
  q?: string | undefined;
  content_type?: string | undefined;
  status?: string | undefined;
  sort?: string | undefined;
  request_id?: string | undefined;
}

export function listFiles(filter: FileFilter, cursor: string | undefined): Promise<FilePage> {
  return call('GET', '/files', { query: { ...filter, cursor, limit: pageSize } });
}

export function getFile(uid: string): Promise<FileRecord> {
  return call('GET', `/files/${uid}/metadata`);
}

export interface Changes {
  original_name?: string;
  expires_at?: string | null;
  max_downloads?: number | null;
  visibility?: 'private' | 'public';
}

export function updateFile(uid: string, changes: Changes): Promise<FileRecord> {
  return call('PATCH', `/files/${uid}`, { body: changes });
}

export function deleteFile(uid: string): Promise<void> {
  return call('DELETE', `/files/${uid}`);
}

export function addressOf(uid: string): string {
  return `/api/v1/files/${uid}`;
}

/** Longer ones do not fit an address. */
export const archiveLimit = 100;

export function archiveOf(uids: readonly string[]): string {
  return `/api/v1/archives?${new URLSearchParams(uids.map((uid) => ['uid', uid]))}`;
}
