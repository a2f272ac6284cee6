import { call } from '../api/call.ts';
import type { PageOf } from '../parts/use-pages.ts';

export interface FileRequest {
  id: string;
  /** Told at its making, and never again. */
  url: string | null;
  title: string;
  message: string | null;
  max_files: number;
  max_bytes: number;
  max_file_size: number;
  allowed_types: string[] | null;
  expires_at: string;
  has_password: boolean;
  status: 'open' | 'full' | 'expired' | 'closed';
  file_count: number;
  bytes: number;
  created_at: string;
  closed_at: string | null;
}

export interface NewRequest {
  title: string;
  message?: string;
  max_files: number;
  max_bytes: number;
  max_file_size: number;
  allowed_types?: string[];
  expires_in: number;
  password?: string;
}

export function createRequest(request: NewRequest): Promise<FileRequest> {
  return call('POST', '/requests', { body: request });
}

export async function listRequests(cursor: string | undefined): Promise<PageOf<FileRequest>> {
  const page = await call<{ requests: FileRequest[]; next_cursor: string | null }>('GET', '/requests', {
    query: { cursor },
  });
  return { items: page.requests, next: page.next_cursor };
}

export function closeRequest(id: string): Promise<void> {
  return call('DELETE', `/requests/${id}`);
}
