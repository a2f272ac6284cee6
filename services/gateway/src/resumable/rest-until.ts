import type { Config } from '../config.js';

/** Until when an upload waits for its client, from now on. */
export function restUntil({ uploadExpiryMs }: Pick<Config, 'uploadExpiryMs'>): string {
  return new Date(Date.now() + uploadExpiryMs).toISOString();
}
