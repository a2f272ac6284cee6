import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { Caller, LocatedFileRecord, ResolveLink, RpcReply } from '@wharf/contracts';

/** A GET or HEAD of a file's bytes, as its route has read it. */
export interface FileRequest {
  record: LocatedFileRecord;
  /** Who asks for it; by a link, whoever has that. */
  caller: Caller;
  /** The share link by which the request came to the file. */
  link: Pick<RpcReply<typeof ResolveLink>['link'], 'id' | 'max_downloads' | 'download_count'> | undefined;
  isHead: boolean;
  headers: IncomingHttpHeaders;
  isInlineWanted: boolean;
  /** Whoever sent the request: of interest only where downloads are counted. */
  reader(): Reader;
  response: ServerResponse;
}

export interface Reader {
  /** What tells one reader of a file from another. */
  readonly id: string;
  /** Makes the reader's next requests known by the id of its lease. */
  remember(leaseId: string): void;
}
