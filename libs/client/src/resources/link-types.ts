export interface LinkedFile {
  uid: string;
  name: string;
  size_bytes: number;
  content_type: string;
}

export interface LinkOptions {
  title?: string | null;
  /** Seconds from now. */
  expires_in?: number | null;
  max_downloads?: number | null;
  password?: string | null;
}

/** A link right after it was made: its addresses are told this once. */
export interface ShareLink {
  id: string;
  /** The page, for people. */
  url: string;
  /** The bytes, or a zip of several files. */
  download_url: string;
  title: string | null;
  expires_at: string | null;
  max_downloads: number | null;
  has_password: boolean;
  created_at: string;
}

/** A link as its owner reads it. */
export interface LinkRecord {
  id: string;
  title: string | null;
  /** The first ten. */
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

/** A link as those read it who hold it. While it is locked it tells nothing of its files. */
export interface LinkView {
  title: string | null;
  expires_at: string | null;
  downloads_left: number | null;
  has_password: boolean;
  is_unlocked: boolean;
  file_count: number;
  total_bytes: number;
  files: (LinkedFile & { download_url: string; is_previewable: boolean })[];
  gone_count: number;
  download_url: string;
  archive_name: string | null;
}
