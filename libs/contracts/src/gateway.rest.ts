import { z } from 'zod';
import { errorCodes } from './error-codes.js';
import { FileMetadata, MaxDownloads, MessageId } from './values.js';

const tenYearsSeconds = 10 * 366 * 24 * 3600;

const IntegerText = z
  .string()
  .regex(/^\d{1,12}$/, 'must be a whole number')
  .transform(Number);

const MetadataText = z.string().transform((text, context) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a JSON object' });
    return z.NEVER;
  }
});

/** The options of an upload as they stand in form fields or in the query: everything is text there. */
export const UploadOptions = z
  .object({
    /** Seconds from now. */
    expires_in: IntegerText.pipe(z.int().min(1).max(tenYearsSeconds)).optional(),
    expires_at: z.iso
      .datetime({ offset: true })
      .transform((time) => new Date(time).toISOString())
      .optional(),
    max_downloads: IntegerText.pipe(MaxDownloads).optional(),
    message_id: MessageId.optional(),
    metadata: MetadataText.pipe(FileMetadata).optional(),
  })
  .refine((options) => options.expires_in === undefined || options.expires_at === undefined, {
    message: 'give expires_in or expires_at, not both',
    path: ['expires_in'],
  });
export type UploadOptions = z.infer<typeof UploadOptions>;

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
});
export type Problem = z.infer<typeof Problem>;

/** What `/health/ready` answers, on the gateway and on every other service's health port. */
export const HealthReport = z.object({
  /** `degraded`: something is away, but the process does its main work without it. */
  status: z.enum(['ok', 'degraded', 'unavailable', 'draining']),
  checks: z.record(z.string(), z.object({ status: z.enum(['ok', 'unavailable']), detail: z.string().optional() })),
});
export type HealthReport = z.infer<typeof HealthReport>;
