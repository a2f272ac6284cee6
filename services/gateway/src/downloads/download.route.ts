import { pipeline } from 'node:stream/promises';
import type Router from '@koa/router';
import { GetFile, type LocatedFileRecord } from '@wharf/contracts';
import { callRpc } from '@wharf/messaging';
import { AppError } from '@wharf/service-kit';
import { create as createDisposition } from 'content-disposition';
import type { Context } from 'koa';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { type ByteRange, parseRange } from './byte-range.js';
import { findSource, type Source } from './find-source.js';
import { requireReadable } from './require-readable.js';
import { sendFile } from './send-file.js';

/** Types that a browser shows without running anything of them; all others are only ever attachments. */
const inlineTypes = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;

export function addDownloadRoutes(router: Router, gateway: Gateway): void {
  // HEAD comes with GET.
  router.get('/files/:uid', (context) => download(gateway, context));
}

async function download(gateway: Gateway, context: Context): Promise<void> {
  const record = await callRpc(gateway.bus, GetFile, { uid: parseUid(context.params.uid) });
  requireReadable(record);
  setFileHeaders(context, record);
  const range = requestedRange(context, record);
  const source = await findSource(gateway, record);
  context.set('X-Wharf-Source', source.kind);
  setBodyHeaders(context, record, range);
  if (context.method === 'HEAD') {
    if (source.kind === 'local') await source.handle.close();
    context.respond = false;
    context.res.end();
    return;
  }
  await send(gateway, context, source, record, range);
}

function setFileHeaders(context: Context, record: LocatedFileRecord): void {
  const isInline = context.query.disposition === 'inline' && inlineTypes.test(record.content_type);
  context.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    'Content-Disposition': createDisposition(record.original_name, { type: isInline ? 'inline' : 'attachment' }),
    'Content-Type': record.content_type,
    ETag: etagOf(record),
    'Last-Modified': new Date(record.created_at).toUTCString(),
    'Repr-Digest': `sha-256=:${Buffer.from(record.sha256, 'hex').toString('base64')}:`,
    'X-Content-Type-Options': 'nosniff',
  });
}

function etagOf(record: LocatedFileRecord): string {
  return `"${record.sha256}"`;
}

/** The range to send, or undefined for the whole body. Throws `range_not_satisfiable`. */
function requestedRange(context: Context, record: LocatedFileRecord): ByteRange | undefined {
  const header = context.get('Range');
  if (context.method !== 'GET' || header === '' || !isRangeCurrent(context, record)) return undefined;
  const range = parseRange(header, record.size_bytes);
  if (range === 'whole') return undefined;
  if (range === 'unsatisfiable') {
    context.set('Content-Range', `bytes */${record.size_bytes}`);
    throw new AppError('range_not_satisfiable', `the file has ${record.size_bytes} bytes`);
  }
  return range;
}

/** `If-Range`: the range counts only for the very bytes that the client has a part of (RFC 9110 §13.1.5). */
function isRangeCurrent(context: Context, record: LocatedFileRecord): boolean {
  const condition = context.get('If-Range');
  return condition === '' || condition === etagOf(record) || condition === new Date(record.created_at).toUTCString();
}

function setBodyHeaders(context: Context, record: LocatedFileRecord, range: ByteRange | undefined): void {
  context.status = range ? 206 : 200;
  const lengthBytes = range ? range.end - range.start + 1 : record.size_bytes;
  context.set('Content-Length', String(lengthBytes));
  if (range) context.set('Content-Range', `bytes ${range.start}-${range.end}/${record.size_bytes}`);
}

async function send(
  gateway: Gateway,
  context: Context,
  source: Source,
  record: LocatedFileRecord,
  range: ByteRange | undefined,
): Promise<void> {
  if (source.kind === 'local') {
    context.respond = false;
    try {
      await sendFile(source.handle, range ?? { start: 0, end: record.size_bytes - 1 }, context.res);
    } finally {
      await source.handle.close();
    }
    return;
  }
  const body = await gateway.store.read(source.key, range);
  context.respond = false;
  await pipeline(body, context.res);
}
