import { randomUUIDv7 } from 'node:crypto';
import { type Caller, CreateLink, type LinkOptions, type ShareLink } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import type { Gateway } from '../gateway.js';
import { publicUrl } from '../http/public-url.js';
import { downloadPath, hashOf, newToken, pagePath } from './link-token.js';

/** Shares files, all of which the caller may change. Throws what CreateLink answers. */
export async function createLink(
  { bus, config }: Pick<Gateway, 'bus' | 'config'>,
  files: { uids: string[]; caller: Caller },
  options: LinkOptions,
): Promise<ShareLink> {
  const token = newToken();
  const id = randomUUIDv7();
  const link = {
    title: options.title ?? null,
    expires_at: options.expires_in ? new Date(Date.now() + options.expires_in * 1000).toISOString() : null,
    max_downloads: options.max_downloads ?? null,
  };
  const password = options.password ?? null;
  const { created_at } = await callRpc(bus, CreateLink, {
    ...files,
    ...link,
    password,
    link_id: id,
    token_hash: hashOf(token),
  });
  return {
    id,
    url: publicUrl(config, pagePath(token)),
    download_url: publicUrl(config, downloadPath(token)),
    ...link,
    has_password: password !== null,
    created_at,
  };
}
