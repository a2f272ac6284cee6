import type { LinkOptions, LinkRecord, LinkView, ShareLink } from '@wharf/contracts';
import { type Download, type DownloadOptions, downloadFile } from '../downloads/download-file.js';
import { List } from '../http/list.js';
import type { Transport } from '../http/transport.js';

interface Options {
  signal?: AbortSignal;
}

/** Of whoever holds a link. Pages unlock it once instead, by a cookie. */
interface HolderOptions extends Options {
  password?: string;
}

export class Links {
  constructor(private readonly transport: Transport) {}

  /** To one file or several. */
  create(uids: readonly string[], link: LinkOptions = {}, options: Options = {}): Promise<ShareLink> {
    const [uid] = uids;
    if (uids.length === 1) return this.transport.json('POST', `files/${uid}/links`, { json: link, ...options });
    return this.transport.json('POST', 'links', { json: { uids, ...link }, ...options });
  }

  /** The newest first; of one file where `uid` is given. */
  list({ uid, limit }: { uid?: string; limit?: number } = {}): List<LinkRecord> {
    const path = uid === undefined ? 'links' : `files/${uid}/links`;
    return new List(this.transport, { path, name: 'links', query: { limit } });
  }

  /** At once, and again does nothing. */
  async revoke(id: string, options: Options = {}): Promise<void> {
    await this.transport.request('DELETE', `links/${id}`, options);
  }

  /** What is behind a link; it uses no download up. */
  view(token: string, { password, signal }: HolderOptions = {}): Promise<LinkView> {
    const headers = { Accept: 'application/json', ...passwordHeader(password) };
    return this.transport.json('GET', `/s/${token}`, { headers, signal, withoutCredentials: true });
  }

  /** Of a page: the cookie that comes counts for the link from then on. */
  async unlock(token: string, password: string, options: Options = {}): Promise<void> {
    const request = { json: { password }, withoutCredentials: true, ...options };
    await this.transport.request('POST', `links/${token}/unlock`, request);
  }

  /** The file, one of several, or a zip of all. Uses a download up. */
  download(
    token: string,
    { password, uid, ...options }: DownloadOptions & HolderOptions & { uid?: string } = {},
  ): Promise<Download> {
    const path = uid === undefined ? `links/${token}` : `links/${token}/files/${uid}`;
    return downloadFile(this.transport, path, {
      headers: passwordHeader(password),
      withoutCredentials: true,
      ...options,
    });
  }
}

function passwordHeader(password: string | undefined): Record<string, string> {
  return password === undefined ? {} : { 'Wharf-Link-Password': password };
}
