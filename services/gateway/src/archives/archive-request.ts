import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { FileRequest } from '../downloads/file-request.js';
import type { WantedFiles } from './planned-archive.js';

/** A request for files as one archive, as its route has read it. */
export interface ArchiveToServe extends WantedFiles {
  /** The share link by which the request came to the files. */
  link: FileRequest['link'];
  /** Of the archive: what the client saves it as. */
  name: string;
  isHead: boolean;
  headers: IncomingHttpHeaders;
  response: ServerResponse;
}
