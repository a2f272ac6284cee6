import type { LocatedFileRecord, ResolveLink, RpcReply } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../gateway.js';
import { connectionOf } from '../http/connections.js';
import { type ByteRange, parseRange } from './byte-range.js';
import { setBodyHeaders, setFileHeaders, setValidators, validatorsOf } from './file-headers.js';
import { closeSource, findSource, nameOf, type Source } from './find-source.js';
import { handOver } from './hand-over.js';
import { limitLife, longestLifeMs } from './longest-life.js';
import { isRangeCurrent, judgePreconditions } from './preconditions.js';
import { declinePrefetch, isPrefetch } from './prefetch.js';
import { clientOf, setReaderCookie } from './reader-cookie.js';
import { requireDownloadsLeft, requireReadable } from './require-readable.js';
import { type Progress, progressOf, sendBody } from './send-body.js';

type Link = RpcReply<typeof ResolveLink>['link'];

interface Download {
  record: LocatedFileRecord;
  /** The share link by which the request came. */
  link: Link | undefined;
  /** Where the bytes are, whatever name stands behind it in the address of the request. */
  path: string;
}

/** What is sent of the file: `range` where one was asked for. */
interface Part {
  range: ByteRange | undefined;
  progress: Progress;
}

/**
 * Answers a GET or HEAD for a file's bytes. What is judged before the bytes: whether the file is served at all, then the
 * request's conditions, then its range (the order of RFC 9110 §13.2.2); only then a download of a limited file is claimed,
 * so that a HEAD, a 304, a 412, a 416 and a prefetch use none up.
 */
export async function serveFile(gateway: Gateway, context: Context, download: Download): Promise<void> {
  const { link, record } = download;
  requireReadable(record);
  const isLimited = record.max_downloads !== null || (link?.max_downloads ?? null) !== null;
  const isRangeAsked = context.method === 'GET' && context.get('Range') !== '';
  // A range may belong to a session that has used the last download: its claim decides.
  if (!isRangeAsked) requireDownloadsLeft(record, ...(link ? [link] : []));
  if (isLimited && context.method === 'GET' && isPrefetch(context.req.headers)) return declinePrefetch(context);
  const verdict = judgePreconditions(context.req.headers, validatorsOf(record));
  if (verdict === 'failed')
    throw new AppError('precondition_failed', 'the file is not the one that the request is about');
  setValidators(context, record);
  if (verdict === 'not_modified') {
    context.status = 304;
    return;
  }
  const range = requestedRange(context, record);
  setFileHeaders(context, record);
  if (context.method === 'HEAD') return answerHead(gateway, context, record);
  const part = { range, progress: progressOf(record, range) };
  if (isLimited) await serveClaimed(gateway, context, download, part);
  else await deliver(gateway, context, record, part);
}

/** The range to send, or undefined for the whole body. Throws `range_not_satisfiable`. */
function requestedRange(context: Context, record: LocatedFileRecord): ByteRange | undefined {
  const header = context.get('Range');
  // Ranges are defined for GET alone (RFC 9110 §14.2).
  if (context.method !== 'GET' || header === '') return undefined;
  if (!isRangeCurrent(context.get('If-Range'), validatorsOf(record))) return undefined;
  const range = parseRange(header, record.size_bytes);
  if (range === 'whole') return undefined;
  if (range === 'unsatisfiable') {
    context.set('Content-Range', `bytes */${record.size_bytes}`);
    throw new AppError('range_not_satisfiable', `the file has ${record.size_bytes} bytes`);
  }
  return range;
}

async function answerHead(gateway: Gateway, context: Context, record: LocatedFileRecord): Promise<void> {
  const source = await findSource(gateway, record);
  await closeSource(source);
  context.set('X-Wharf-Source', nameOf(source));
  setBodyHeaders(context, record, undefined);
  context.respond = false;
  context.res.end();
}

/** Takes a download before the first byte, and tells how it ended and how many bytes the client may have. */
async function serveClaimed(
  gateway: Gateway,
  context: Context,
  { link, path, record }: Download,
  part: Part,
): Promise<void> {
  const { range, progress } = part;
  const { position: start, end } = progress;
  const wantedBytes = end - start + 1;
  const claim = await gateway.claims.take({
    uid: record.uid,
    link_id: link?.id ?? null,
    client: clientOf(context),
    is_range: range !== undefined,
    first_byte: start,
    wanted_bytes: wantedBytes,
  });
  setReaderCookie(context, path, claim.id);
  const life = limitLife(context.res, longestLifeMs(wantedBytes, gateway.config.minThroughput));
  try {
    await stream(gateway, context, record, part, await findSource(gateway, record));
    claim.settle('complete', wantedBytes);
  } catch (error) {
    // A reader that was cut for being slow has held the download for as long as it may be held: it counts.
    const wasTooSlow = life.isCut() || connectionOf(context.req.socket).cutReason === 'slow_reader';
    claim.settle(wasTooSlow ? 'complete' : 'broken', progress.position - start);
    throw error;
  } finally {
    life.end();
  }
}

async function deliver(gateway: Gateway, context: Context, record: LocatedFileRecord, part: Part): Promise<void> {
  const source = await findSource(gateway, record);
  if (await handOver(gateway, context, record, source)) {
    await closeSource(source);
    return gateway.accesses.note(record.uid, 0);
  }
  await stream(gateway, context, record, part, source);
  gateway.accesses.note(record.uid, part.range ? 0 : 1);
}

async function stream(
  gateway: Gateway,
  context: Context,
  record: LocatedFileRecord,
  { range, progress }: Part,
  first: Source,
): Promise<void> {
  context.res.setHeader('X-Wharf-Source', nameOf(first));
  setBodyHeaders(context, record, range);
  context.respond = false;
  gateway.accesses.note(record.uid, 0);
  await sendBody(gateway, { record, progress, first, response: context.res });
}
