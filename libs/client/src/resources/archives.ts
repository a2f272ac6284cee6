import { type Download, type DownloadOptions, downloadFile } from '../downloads/download-file.js';
import type { Transport } from '../http/transport.js';

/** Several files as one zip. */
export class Archives {
  constructor(private readonly transport: Transport) {}

  /** Where a browser that is signed in reads it. An address holds about 150 uids: more are sent by a form, see the API. */
  url(uids: readonly string[], filename?: string): string {
    return this.transport.addressOf(pathOf(uids, filename));
  }

  /** It has no digest, but is never short. */
  download(
    uids: readonly string[],
    { filename, ...options }: DownloadOptions & { filename?: string } = {},
  ): Promise<Download> {
    return downloadFile(this.transport, pathOf(uids, filename), options);
  }
}

function pathOf(uids: readonly string[], filename: string | undefined): string {
  const query = new URLSearchParams();
  for (const uid of uids) query.append('uid', uid);
  if (filename !== undefined) query.set('filename', filename);
  return `archives?${query}`;
}
