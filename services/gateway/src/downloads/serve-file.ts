import { createHash } from 'node:crypto';
import type { LocatedFileRecord, ResolveLink, RpcReply } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Context } from 'koa';
import type { Gateway } from '../gateway.js';
import { type ByteRange, parseRange } from './byte-range.js';
import type { Claim } from './download-claims.js';
import { setBodyHeaders, setFileHeaders, setValidators, validatorsOf } from './file-headers.js';
import { closeSource, findSource, nameOf, type Source } from './find-source.js';
import { handOver } from './hand-over.js';
import { isRangeCurrent, judgePreconditions } from './preconditions.js';
import { requireDownloadsLeft, requireReadable } from './require-readable.js';
import { sendBody } from './send-body.js';

export type Link = RpcReply<typeof ResolveLink>['link'];

interface Download {
  record: LocatedFileRecord;
  /** The share link by which the request came. */
  link: Link | undefined;
}

/**
 * Answers a GET or HEAD for a file's bytes. What is judged before the bytes: whether the file is served at all, then the
 * request's conditions, then its range (the order of RFC 9110 §13.2.2); only then a download of a limited file is claimed,
 * so that a HEAD, a 304, a 412 and a 416 use none up.
 */
export async function serveFile(gateway: Gateway, context: Context, download: Download): Promise<void> {
  const { link, record } = download;
  requireReadable(record);
  const isRangeAsked = context.method === 'GET' && context.get('Range') !== '';
  // A range may belong to a session that has used the last download: its claim decides.
  if (!isRangeAsked) requireDownloadsLeft(record, ...(link ? [link] : []));
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
  const claim = await claimDownload(gateway, context, download, range);
  if (!claim) return deliver(gateway, context, record, range);
  try {
    await stream(gateway, context, record, range, await findSource(gateway, record));
    claim.settle('complete');
  } catch (error) {
    claim.settle('broken');
    throw error;
  }
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

/** A claim where the file or its link is limited; undefined where nothing is counted before the bytes go. */
async function claimDownload(
  { claims }: Gateway,
  context: Context,
  { link, record }: Download,
  range: ByteRange | undefined,
): Promise<Claim | undefined> {
  if (record.max_downloads === null && (link?.max_downloads ?? null) === null) return undefined;
  return claims.take({
    uid: record.uid,
    link_id: link?.id ?? null,
    client: clientOf(context),
    is_range: range !== undefined,
  });
}

/** What tells one client from another, for counting a player's many ranges as one: its address and what it calls itself. */
function clientOf(context: Context): string {
  return createHash('sha256')
    .update(`${context.ip}\n${context.get('User-Agent')}`)
    .digest('base64url');
}

async function deliver(
  gateway: Gateway,
  context: Context,
  record: LocatedFileRecord,
  range: ByteRange | undefined,
): Promise<void> {
  const source = await findSource(gateway, record);
  if (await handOver(gateway, context, record, source)) {
    await closeSource(source);
    return gateway.accesses.note(record.uid, 0);
  }
  await stream(gateway, context, record, range, source);
  gateway.accesses.note(record.uid, range ? 0 : 1);
}

async function stream(
  gateway: Gateway,
  context: Context,
  record: LocatedFileRecord,
  range: ByteRange | undefined,
  first: Source,
): Promise<void> {
  context.res.setHeader('X-Wharf-Source', nameOf(first));
  setBodyHeaders(context, record, range);
  context.respond = false;
  gateway.accesses.note(record.uid, 0);
  await sendBody(gateway, {
    record,
    range: range ?? { start: 0, end: record.size_bytes - 1 },
    first,
    response: context.res,
  });
}
