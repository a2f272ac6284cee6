import type { LocatedFileRecord } from '@wharf/contracts';
import { create as createDisposition } from 'content-disposition';
import type { Context } from 'koa';
import type { ByteRange } from './byte-range.js';
import type { Validators } from './preconditions.js';

/** Types that a browser shows without running anything of them; all others are only ever attachments. */
const inlineTypes = /^(image\/(png|jpeg|gif|webp|avif)|audio\/[\w.+-]+|video\/[\w.+-]+|text\/plain|application\/pdf)$/;

const secondMs = 1000;

/** The bytes of a file never change, so that both are strong. */
export function validatorsOf(record: LocatedFileRecord): Validators {
  return {
    etag: `"${record.sha256}"`,
    lastModifiedMs: Math.floor(Date.parse(record.created_at) / secondMs) * secondMs,
  };
}

/** What also a 304 says (RFC 9110 §15.4.5). */
export function setValidators(context: Context, { etag, lastModifiedMs }: Validators): void {
  context.set({
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'private, no-cache',
    ETag: etag,
    'Last-Modified': new Date(lastModifiedMs).toUTCString(),
  });
}

export function setFileHeaders(context: Context, record: LocatedFileRecord): void {
  context.set({
    'Content-Disposition': dispositionOf(record, context.query.disposition === 'inline'),
    'Content-Type': record.content_type,
    'Repr-Digest': `sha-256=:${Buffer.from(record.sha256, 'hex').toString('base64')}:`,
    'X-Content-Type-Options': 'nosniff',
  });
}

export function dispositionOf(record: LocatedFileRecord, isInlineWanted: boolean): string {
  const isInline = isInlineWanted && inlineTypes.test(record.content_type);
  return createDisposition(record.original_name, { type: isInline ? 'inline' : 'attachment' });
}

export function setBodyHeaders(context: Context, record: LocatedFileRecord, range: ByteRange | undefined): void {
  context.status = range ? 206 : 200;
  const lengthBytes = range ? range.end - range.start + 1 : record.size_bytes;
  context.set('Content-Length', String(lengthBytes));
  if (range) context.set('Content-Range', `bytes ${range.start}-${range.end}/${record.size_bytes}`);
}
