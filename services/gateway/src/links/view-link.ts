import { type LinkView, type LocatedFileRecord, linkCaller } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import { archiveName } from '../archives/archive-name.js';
import { readRecords } from '../archives/read-records.js';
import { isShownInline } from '../downloads/file-headers.js';
import { requireDownloadsLeft, requireReadable } from '../downloads/require-readable.js';
import type { Gateway } from '../gateway.js';
import { publicUrl } from '../http/public-url.js';
import { downloadPath } from './link-token.js';
import type { SharedLink } from './shared-link.js';

type Parts = Pick<Gateway, 'bus' | 'config'>;

/**
 * What whoever has the link may know of it. Uses up nothing. Throws `downloads_exhausted`, and, where none of the files is there any more, what a download of
 * one of them would.
 */
export async function viewLink(gateway: Parts, shared: SharedLink, isUnlocked: boolean): Promise<LinkView> {
  const { link, token } = shared;
  requireDownloadsLeft(link);
  const records = isUnlocked ? await readableRecords(gateway, shared) : [];
  const download_url = publicUrl(gateway.config, downloadPath(token));
  return {
    title: isUnlocked ? link.title : null,
    expires_at: link.expires_at,
    downloads_left: link.max_downloads === null ? null : link.max_downloads - link.download_count,
    has_password: link.unlock_key !== null,
    is_unlocked: isUnlocked,
    file_count: records.length,
    total_bytes: records.reduce((sum, { size_bytes }) => sum + size_bytes, 0),
    files: records.map((record) => ({
      uid: record.uid,
      name: record.original_name,
      size_bytes: record.size_bytes,
      content_type: record.content_type,
      download_url: `${download_url}/files/${record.uid}`,
      is_previewable: isShownInline(record),
    })),
    gone_count: isUnlocked ? link.file_count - records.length : 0,
    download_url,
    archive_name: isUnlocked ? nameOf(shared) : null,
  };
}

function nameOf({ file, link }: SharedLink): string {
  return file ? file.original_name : archiveName(link.title);
}

/** Those that are still there. */
async function readableRecords(gateway: Parts, shared: SharedLink): Promise<LocatedFileRecord[]> {
  const { link } = shared;
  const readable: LocatedFileRecord[] = [];
  let refusal: unknown = new AppError('file_deleted', 'the files of this link are not there any more');
  for await (const record of recordsOf(gateway, shared)) {
    try {
      requireReadable(record, linkCaller(link.id, record.uid));
      readable.push(record);
    } catch (error) {
      refusal = error;
    }
  }
  if (readable.length === 0) throw refusal;
  return readable;
}

async function* recordsOf(gateway: Parts, { file, link, uids }: SharedLink): AsyncGenerator<LocatedFileRecord> {
  if (file) yield file;
  else if (uids.length > 0) yield* readRecords(gateway, { uids, callerOf: (some) => linkCaller(link.id, ...some) });
}
