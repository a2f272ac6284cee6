import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { LocatedFileRecord } from '@wharf/contracts';
import type { Gateway } from '../gateway.js';
import { contentTypeOf, dispositionOf } from './file-headers.js';
import type { FileRequest } from './file-request.js';
import type { Source } from './source.js';

/** Long enough to begin a download, short enough to be worthless when it is passed on. */
const redirectLifetimeSeconds = 300;

/** nginx would judge these by validators of its own and contradict ours. */
const conditions = ['if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since', 'if-range'] as const;

/**
 * Leaves the bytes of a file without limits to somebody faster, where that is configured: a local copy to the nginx in front
 * (`X-Accel-Redirect`), an object to its store (302 to a presigned address). True when the answer is complete. Files with
 * limits are always streamed: nobody would tell how those downloads ended.
 */
export async function offload(
  { config }: Pick<Gateway, 'config'>,
  { headers, isInlineWanted, record, response }: FileRequest,
  source: Source,
): Promise<boolean> {
  if (source.place === 'local') {
    if (!config.accelPrefix || !record.local_path || hasConditions(headers)) return false;
    response.setHeader('X-Accel-Redirect', config.accelPrefix + record.local_path);
    response.setHeader('X-Wharf-Source', 'local');
    // nginx says it itself, and would say it twice.
    response.removeHeader('Accept-Ranges');
    response.statusCode = 200;
    response.end();
    return true;
  }
  if (config.downloadMode !== 'redirect') return false;
  const address = await source.presign?.({
    lifetimeSeconds: lifetimeSecondsOf(record),
    contentType: contentTypeOf(record),
    contentDisposition: dispositionOf(record, isInlineWanted),
  });
  if (!address) return false;
  redirect(response, address);
  return true;
}

function hasConditions(headers: IncomingHttpHeaders): boolean {
  return conditions.some((name) => headers[name]);
}

/** An address does not outlive the file. */
function lifetimeSecondsOf({ expires_at }: LocatedFileRecord): number {
  if (expires_at === null) return redirectLifetimeSeconds;
  const leftSeconds = Math.ceil((Date.parse(expires_at) - Date.now()) / 1000);
  return Math.max(1, Math.min(redirectLifetimeSeconds, leftSeconds));
}

function redirect(response: ServerResponse, address: string): void {
  // What describes the bytes does not describe the redirect, and the address must not outlive its time in a cache.
  for (const name of ['Content-Type', 'Content-Disposition', 'Repr-Digest', 'ETag', 'Last-Modified', 'Accept-Ranges']) {
    response.removeHeader(name);
  }
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('X-Wharf-Source', 'cloud');
  response.setHeader('Location', address);
  response.statusCode = 302;
  response.end();
}
