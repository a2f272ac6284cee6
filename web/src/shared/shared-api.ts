import { call, send } from '../api/call.ts';

export interface SharedFile {
  uid: string;
  name: string;
  size_bytes: number;
  content_type: string;
  download_url: string;
  is_previewable: boolean;
}

export interface LinkView {
  title: string | null;
  expires_at: string | null;
  /** Null where they are not limited. */
  downloads_left: number | null;
  has_password: boolean;
  is_unlocked: boolean;
  file_count: number;
  total_bytes: number;
  files: SharedFile[];
  gone_count: number;
  download_url: string;
  archive_name: string | null;
}

export async function readLink(token: string): Promise<LinkView> {
  return (await send('GET', `/s/${encodeURIComponent(token)}`)).json();
}

export function unlockLink(token: string, password: string): Promise<void> {
  return call('POST', `/links/${encodeURIComponent(token)}/unlock`, { body: { password } });
}
