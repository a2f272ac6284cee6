import type { KeptRequest, RequestStatus } from '@wharf/contracts';

/** As the driver reads `requestColumns`: integers of 64 bits and times come as text. */
export interface RequestRow {
  id: string;
  owner_id: string | null;
  has_account: boolean;
  title: string;
  message: string | null;
  max_files: number;
  max_bytes: string;
  max_file_size: string;
  allowed_types: string[];
  password_hash: string | null;
  created_at: string;
  expires_at: string;
  closed_at: string | null;
  used_files: number;
  used_bytes: string;
  files_left: number;
  bytes_left: string;
  status: RequestStatus;
}

const filesLeft = 'greatest(0, max_files - used_files - reserved_files)';
const bytesLeft = 'greatest(0, max_bytes - used_bytes - reserved_bytes)';

/** Of the table `file_requests`, whatever the statement calls it. */
export const requestColumns = `id, owner_id, has_account, title, message, max_files, max_bytes, max_file_size, allowed_types, password_hash,
  created_at, expires_at, closed_at, used_files, used_bytes, ${filesLeft} as files_left, ${bytesLeft} as bytes_left,
  case when closed_at is not null then 'closed' when expires_at <= now() then 'expired'
    when ${filesLeft} = 0 or ${bytesLeft} = 0 then 'full' else 'open' end as status`;

export function toKeptRequest(row: RequestRow): KeptRequest {
  return {
    id: row.id,
    title: row.title,
    message: row.message,
    max_files: row.max_files,
    max_bytes: Number(row.max_bytes),
    max_file_size: Number(row.max_file_size),
    allowed_types: row.allowed_types,
    expires_at: new Date(row.expires_at).toISOString(),
    has_password: row.password_hash !== null,
    status: row.status,
    file_count: row.used_files,
    bytes: Number(row.used_bytes),
    created_at: new Date(row.created_at).toISOString(),
    closed_at: row.closed_at === null ? null : new Date(row.closed_at).toISOString(),
  };
}
