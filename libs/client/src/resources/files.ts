import type { FileFilter, FileRecord, FileSort, FileTimeline, ShownEvent } from '@wharf/contracts';
import { List } from '../http/list.js';
import type { Transport } from '../http/transport.js';

interface Options {
  signal?: AbortSignal;
}

export interface FileQuery extends Partial<FileFilter> {
  sort?: FileSort;
  /** Of a page, 1 to 200. */
  limit?: number;
  /** What came by this request. */
  request_id?: string;
}

/** What of a record may be changed. */
export type FileChanges = Partial<
  Pick<
    FileRecord,
    'original_name' | 'content_type' | 'expires_at' | 'max_downloads' | 'message_id' | 'metadata' | 'visibility'
  >
>;

export class Files {
  constructor(private readonly transport: Transport) {}

  /** The record, also of a deleted file while it is kept. */
  get(uid: string, options: Options = {}): Promise<FileRecord> {
    return this.transport.json('GET', `files/${uid}/metadata`, options);
  }

  /** The newest first unless sorted otherwise. */
  list(query: FileQuery = {}): List<FileRecord> {
    return new List(this.transport, { path: 'files', name: 'files', query: { ...query } });
  }

  update(uid: string, changes: FileChanges, options: Options = {}): Promise<FileRecord> {
    return this.transport.json('PATCH', `files/${uid}`, { json: changes, isRepeatable: true, ...options });
  }

  /** Again does nothing. */
  async delete(uid: string, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `files/${uid}`, options);
  }

  /** Where a browser that is signed in reads the bytes; `inline` shows types that are safe to show. */
  url(uid: string, { inline = false }: { inline?: boolean } = {}): string {
    return this.transport.addressOf(`files/${uid}`, inline ? { disposition: 'inline' } : {});
  }

  /** What has happened to it so far, oldest first. */
  async timeline(uid: string, options: Options = {}): Promise<ShownEvent[]> {
    const headers = { Accept: 'application/json' };
    const { events } = await this.transport.json<FileTimeline>('GET', `files/${uid}/events`, {
      headers,
      ...options,
    });
    return events;
  }
}
