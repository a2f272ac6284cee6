import type { LocatedFileRecord } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { Gateway } from '../gateway.js';
import { connectionOf } from '../http/connections.js';
import { type ByteRange, parseRange } from './byte-range.js';
import { setBodyHeaders, setFileHeaders, setValidators, validatorsOf } from './file-headers.js';
import type { FileRequest } from './file-request.js';
import { limitLife, longestLifeMs } from './longest-life.js';
import { offload } from './offload.js';
import { openSource } from './open-source.js';
import { isRangeCurrent, judgePreconditions } from './preconditions.js';
import { declinePrefetch, isPrefetch } from './prefetch.js';
import { requireDownloadsLeft, requireReadable } from './require-readable.js';
import { sendBody } from './send-body.js';
import type { Progress, Source } from './source.js';

/** What is sent of the file; `range` is undefined for the whole of it. */
interface Part {
  range: ByteRange | undefined;
  progress: Progress;
}

/**
 * Answers a GET or HEAD for a file's bytes. What is judged before the bytes: whether the file is served to this caller at all, then the
 * request's conditions, then its range (the order of RFC 9110 §13.2.2); only then a lease is taken for a download of a limited
 * file, so that a HEAD, a 304, a 412, a 416 and a prefetch use none up.
 */
export async function serveFile(gateway: Gateway, request: FileRequest): Promise<void> {
  const { caller, headers, isHead, link, record, response } = request;
  requireReadable(record, caller);
  const isLimited = record.max_downloads !== null || (link?.max_downloads ?? null) !== null;
  // A range may belong to a session that has used the last download: its lease decides.
  if (isHead || !headers.range) requireDownloadsLeft(record, ...(link ? [link] : []));
  if (isLimited && !isHead && isPrefetch(headers)) return declinePrefetch(response);
  const verdict = judgePreconditions(headers, validatorsOf(record));
  if (verdict === 'failed')
    throw new AppError('precondition_failed', 'the file is not the one that the request is about');
  setValidators(response, record);
  if (verdict === 'not_modified') {
    response.statusCode = 304;
    response.end();
    return;
  }
  const range = requestedRange(request);
  setFileHeaders(response, record, request.isInlineWanted);
  if (isHead) return answerHead(gateway, request);
  const part = { range, progress: progressOf(record, range) };
  if (isLimited) await serveLeased(gateway, request, part);
  else await serveUnlimited(gateway, request, part);
}

/** The range to send, or undefined for the whole body. Throws `range_not_satisfiable`. */
function requestedRange({ headers, isHead, record, response }: FileRequest): ByteRange | undefined {
  // Ranges are defined for GET alone (RFC 9110 §14.2).
  if (isHead || !headers.range) return undefined;
  if (!isRangeCurrent(headers['if-range']?.toString(), validatorsOf(record))) return undefined;
  const range = parseRange(headers.range, record.size_bytes);
  if (range === 'whole') return undefined;
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${record.size_bytes}`);
    throw new AppError('range_not_satisfiable', `the file has ${record.size_bytes} bytes`);
  }
  return range;
}

function progressOf({ size_bytes: sizeBytes }: LocatedFileRecord, range: ByteRange | undefined): Progress {
  return { position: range?.start ?? 0, end: range?.end ?? sizeBytes - 1, isDelivered: false };
}

async function answerHead(gateway: Gateway, { record, response }: FileRequest): Promise<void> {
  const source = await openSource(gateway, record);
  await source.close();
  setBodyHeaders(response, { record, source, range: undefined });
  response.end();
}

async function serveUnlimited(gateway: Gateway, request: FileRequest, part: Part): Promise<void> {
  const { accesses } = gateway;
  const { link, record } = request;
  const source = await openSource(gateway, request.record);
  if (await offload(gateway, request, source)) {
    await source.close();
    return accesses.note(record.uid, 0, link?.id);
  }
  await send(gateway, request, part, source);
  accesses.note(record.uid, part.range ? 0 : 1, link?.id);
}

/** Takes a download lease before the first byte, and tells how the transfer ended and how many bytes the client may have. */
async function serveLeased(gateway: Gateway, request: FileRequest, part: Part): Promise<void> {
  const { link, record, response } = request;
  const reader = request.reader();
  const { progress, range } = part;
  const { position: start, end } = progress;
  const wantedBytes = end - start + 1;
  const lease = await gateway.leases.take({
    uid: record.uid,
    caller: request.caller,
    link_id: link?.id ?? null,
    client: reader.id,
    is_range: range !== undefined,
    first_byte: start,
    wanted_bytes: wantedBytes,
  });
  reader.remember(lease.id);
  const life = limitLife(response, longestLifeMs(wantedBytes, gateway.config.minThroughput));
  try {
    await send(gateway, request, part, await openSource(gateway, record));
    lease.finish('complete', wantedBytes);
  } catch (error) {
    // A reader that was cut for being slow has held the download for as long as it may be held: it counts.
    const wasTooSlow = life.isCut() || connectionOf(response.req.socket).cutReason === 'slow_reader';
    lease.finish(wasTooSlow ? 'complete' : 'broken', progress.position - start);
    throw error;
  } finally {
    life.end();
  }
}

async function send(
  gateway: Gateway,
  { link, record, response }: FileRequest,
  { progress, range }: Part,
  first: Source,
): Promise<void> {
  setBodyHeaders(response, { record, source: first, range });
  gateway.accesses.note(record.uid, 0, link?.id);
  await sendBody(gateway, { record, progress, first, response });
}
