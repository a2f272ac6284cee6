import { z } from 'zod';
import { Visibility } from './caller.js';
import { errorCodes } from './error-codes.js';
import { FileRecord, FileStatus } from './file-record.js';
import { FileMetadataText, MaxDownloads, MessageId, ShortText, Timestamp } from './values.js';

const tenYearsSeconds = 10 * 366 * 24 * 3600;

export const IntegerText = z
  .string()
  .regex(/^\d{1,12}$/, 'must be a whole number')
  .transform(Number);

const TimeText = z.iso
  .datetime({ offset: true })
  .transform((time) => new Date(time).toISOString())
  // By its offset a time of the year 9999 may be one of the year 10000 in UTC.
  .pipe(Timestamp);

/** The options of an upload as they stand in form fields or in the query: everything is text there. */
export const UploadOptions = z
  .object({
    /** Seconds from now. */
    expires_in: IntegerText.pipe(z.int().min(1).max(tenYearsSeconds)).optional(),
    expires_at: TimeText.optional(),
    max_downloads: IntegerText.pipe(MaxDownloads).optional(),
    message_id: MessageId.optional(),
    metadata: FileMetadataText.optional(),
    /** Private unless told. */
    visibility: Visibility.optional(),
  })
  .refine((options) => options.expires_in === undefined || options.expires_at === undefined, {
    message: 'give expires_in or expires_at, not both',
    path: ['expires_in'],
  });
export type UploadOptions = z.infer<typeof UploadOptions>;

export const FileSort = z.enum(['-created_at', 'created_at', 'size_bytes', '-size_bytes']);
export type FileSort = z.infer<typeof FileSort>;

/** Which files a page holds, and in which order. Deleted files are listed only where `status` asks for them. */
export const FileFilter = z.object({
  status: FileStatus.optional(),
  /** A whole type, or all of one kind: `image/` or `image/*`. In any case. */
  content_type: ShortText.optional(),
  owner_id: ShortText.optional(),
  message_id: MessageId.optional(),
  /** What came by this file request. */
  request_id: z.uuid().optional(),
  /** Later than this time. */
  created_after: Timestamp.optional(),
  /** Earlier than this time. */
  created_before: Timestamp.optional(),
  /** Part of the name, in any case. */
  q: ShortText.optional(),
});
export type FileFilter = z.infer<typeof FileFilter>;

/** The query of a list as it stands in an address: everything is text there. */
export const FileQuery = FileFilter.extend({
  created_after: TimeText.optional(),
  created_before: TimeText.optional(),
  sort: FileSort.default('-created_at'),
  limit: IntegerText.pipe(z.int().min(1).max(200)).default(50),
  /** `next_cursor` of the page before, asked for with the same sort and filters. */
  cursor: z.string().min(1).max(1024).optional(),
});
export type FileQuery = z.infer<typeof FileQuery>;

export const FilePage = z.object({
  files: z.array(FileRecord),
  /** Opaque; null on the last page, and there alone: a page may hold fewer files than were asked for, or none, while there are more. */
  next_cursor: z.string().nullable(),
});
export type FilePage = z.infer<typeof FilePage>;

/** An error answer: `application/problem+json` (RFC 9457). */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.enum(errorCodes),
  request_id: z.string(),
  errors: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
  /** Of a resumable upload: where it is, and where its client believed it to be. */
  'expected-offset': z.int().optional(),
  'provided-offset': z.int().optional(),
});
export type Problem = z.infer<typeof Problem>;

/** What `/health/ready` answers, on the gateway and on every other service's health port. */
export const HealthReport = z.object({
  /** `degraded`: something is away, but the process does its main work without it. */
  status: z.enum(['ok', 'degraded', 'unavailable', 'draining']),
  checks: z.record(z.string(), z.object({ status: z.enum(['ok', 'unavailable']), detail: z.string().optional() })),
});
export type HealthReport = z.infer<typeof HealthReport>;
