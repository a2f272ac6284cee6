import { call } from '../api/call.ts';
import type { PageOf } from '../parts/use-pages.ts';

export interface ShareLink {
  id: string;
  url: string;
  download_url: string;
  title: string | null;
  expires_at: string | null;
  max_downloads: number | null;
  has_password: boolean;
}

interface LinkedFile {
  uid: string;
  name: string;
  size_bytes: number;
  content_type: string;
}

export interface LinkRecord {
  id: string;
  title: string | null;
  files: LinkedFile[];
  file_count: number;
  total_bytes: number;
  expires_at: string | null;
  max_downloads: number | null;
  download_count: number;
  last_used_at: string | null;
  has_password: boolean;
  created_at: string;
  revoked_at: string | null;
  status: 'active' | 'expired' | 'exhausted' | 'revoked';
}

export interface LinkOptions {
  title?: string;
  expires_in?: number;
  max_downloads?: number;
  password?: string;
}

export function createLink(uids: readonly string[], options: LinkOptions): Promise<ShareLink> {
  return call('POST', '/links', { body: { uids, ...options } });
}

export async function listLinks(uid: string | undefined, cursor: string | undefined): Promise<PageOf<LinkRecord>> {
  const path = uid === undefined ? '/links' : `/files/${uid}/links`;
  const page = await call<{ links: LinkRecord[]; next_cursor: string | null }>('GET', path, { query: { cursor } });
  return { items: page.links, next: page.next_cursor };
}

export function revokeLink(id: string): Promise<void> {
  return call('DELETE', `/links/${id}`);
}
