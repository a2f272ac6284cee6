export interface RequestLimits {
  max_files: number;
  max_bytes: number;
  max_file_size: number;
  /** Such as `image/*`, `application/pdf`; empty for every type. */
  allowed_types: string[];
}

export interface NewRequest extends Omit<RequestLimits, 'allowed_types'> {
  title: string;
  message?: string | null;
  allowed_types?: string[];
  /** Seconds from now. */
  expires_in: number;
  password?: string | null;
}

/** A request as its owner reads it. */
export interface FileRequest extends RequestLimits {
  id: string;
  /** Told where the request is made, and null after that. */
  url: string | null;
  title: string;
  message: string | null;
  expires_at: string;
  has_password: boolean;
  status: 'open' | 'full' | 'expired' | 'closed';
  file_count: number;
  bytes: number;
  created_at: string;
  closed_at: string | null;
}

/** A request as those read it who deliver. While it is locked it tells nothing. */
export interface RequestView {
  title: string | null;
  message: string | null;
  max_files: number | null;
  max_bytes: number | null;
  max_file_size: number | null;
  files_left: number | null;
  bytes_left: number | null;
  allowed_types: string[];
  expires_at: string;
  has_password: boolean;
  is_unlocked: boolean;
}
