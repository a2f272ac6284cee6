import type { LocatedFileRecord } from '@wharf/contracts';
import type { Context } from 'koa';
import type { Gateway } from '../gateway.js';
import { contentTypeOf, dispositionOf, isInlineWanted } from './file-headers.js';
import type { Source } from './find-source.js';

/** Long enough to begin a download, short enough to be worthless when it is passed on. */
const redirectLifetimeSeconds = 300;

/** nginx would judge these by validators of its own and contradict ours. */
const conditions = ['If-Match', 'If-None-Match', 'If-Modified-Since', 'If-Unmodified-Since', 'If-Range'];

/**
 * Leaves the bytes of a file without limits to somebody faster, where that is configured: a local copy to the nginx in front
 * (`X-Accel-Redirect`), an object to its store (302 to a presigned address). True when the answer is complete. Files with
 * limits are always streamed: nobody would tell how those downloads ended.
 */
export async function handOver(
  { config, store }: Gateway,
  context: Context,
  record: LocatedFileRecord,
  source: Source,
): Promise<boolean> {
  if (source.kind !== 'cloud') {
    if (!config.accelPrefix || !record.local_path) return false;
    if (conditions.some((name) => context.get(name) !== '')) return false;
    context.set('X-Accel-Redirect', config.accelPrefix + record.local_path);
    context.set('X-Wharf-Source', 'local');
    // nginx says it itself, and would say it twice.
    context.remove('Accept-Ranges');
    context.status = 200;
    context.respond = false;
    context.res.end();
    return true;
  }
  if (config.downloadMode !== 'redirect') return false;
  const address = await store.presignRead(source.key, {
    lifetimeSeconds: lifetimeSecondsOf(record),
    contentType: contentTypeOf(record),
    contentDisposition: dispositionOf(record, isInlineWanted(context)),
  });
  if (!address) return false;
  redirect(context, address);
  return true;
}

/** An address does not outlive the file. */
function lifetimeSecondsOf({ expires_at }: LocatedFileRecord): number {
  if (expires_at === null) return redirectLifetimeSeconds;
  const leftSeconds = Math.ceil((Date.parse(expires_at) - Date.now()) / 1000);
  return Math.max(1, Math.min(redirectLifetimeSeconds, leftSeconds));
}

function redirect(context: Context, address: string): void {
  // What describes the bytes does not describe the redirect, and the address must not outlive its time in a cache.
  for (const name of ['Content-Type', 'Content-Disposition', 'Repr-Digest', 'ETag', 'Last-Modified', 'Accept-Ranges']) {
    context.remove(name);
  }
  context.set({ 'Cache-Control': 'no-store', 'X-Wharf-Source': 'cloud', Location: address });
  context.status = 302;
  context.respond = false;
  context.res.end();
}
