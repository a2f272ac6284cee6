import type { Config } from '../config.js';

/**
 * The address of a path of this gateway, for clients to keep and hand on: under `PUBLIC_URL`, where that is set. Otherwise the path alone, which
 * is right behind any proxy that leaves paths alone.
 */
export function publicUrl(config: Pick<Config, 'publicUrl'>, path: string): string {
  return `${config.publicUrl ?? ''}${path}`;
}
