import { z } from 'zod';
import { IntegerText } from './gateway.rest.js';
import { plainLine, plainText } from './plain-text.js';
import { Sha256, SizeBytes, Timestamp, Uid } from './values.js';

const tenYearsSeconds = 10 * 366 * 24 * 3600;
const mostFiles = 1_000_000;

/** What a request says of itself. It is read by whoever has its address, and written by whoever may ask for files. */
export const RequestTitle = plainLine(200);
export const RequestMessage = plainText(2000);

/** A type, or all of one kind: `application/pdf`, `image/*`. Kept in lower case. */
const AllowedType = z
  .string()
  .max(255)
  .regex(
    /^[a-z0-9][\w!#$&^.+-]{0,126}\/(?:\*|[a-z0-9][\w!#$&^.+-]{0,126})$/i,
    'must be a type such as image/png, or image/*',
  )
  .toLowerCase();

/** Empty: every type. */
const AllowedTypes = z.array(AllowedType).max(50);

const MaxFiles = z.int().min(1).max(mostFiles);
const MaxBytes = SizeBytes.min(1);

/** Of the whole request: files and bytes that it takes, the size of one file, and which types. */
export const RequestLimits = z.object({
  max_files: MaxFiles,
  max_bytes: MaxBytes,
  max_file_size: MaxBytes,
  allowed_types: AllowedTypes,
});
export type RequestLimits = z.infer<typeof RequestLimits>;

/** Chosen by who asks for files: any text. It is compared as the password of a user is. */
export const RequestPassword = z.string().min(1).max(1024);

const ExpiresIn = z.int().min(1).max(tenYearsSeconds);

/** POST /requests. */
export const NewRequest = z.strictObject({
  title: RequestTitle,
  message: RequestMessage.nullable().optional(),
  ...RequestLimits.omit({ allowed_types: true }).shape,
  allowed_types: AllowedTypes.optional(),
  /** Seconds from now. */
  expires_in: ExpiresIn,
  password: RequestPassword.nullable().optional(),
});
export type NewRequest = z.infer<typeof NewRequest>;

/** PATCH /requests/{id}. `open` takes deliveries again after a request was closed; an expired one needs `expires_in` as well. */
export const RequestChangesBody = z.strictObject({
  title: RequestTitle.optional(),
  message: RequestMessage.nullable().optional(),
  ...RequestLimits.partial().shape,
  expires_in: ExpiresIn.optional(),
  status: z.enum(['open', 'closed']).optional(),
});
export type RequestChangesBody = z.infer<typeof RequestChangesBody>;

/** `full`: as many files or bytes came, or are on their way, as it takes. Of what is true the last word in this order counts. */
export const RequestStatus = z.enum(['open', 'full', 'expired', 'closed']);
export type RequestStatus = z.infer<typeof RequestStatus>;

/** A request as its owner sees it. */
export const FileRequest = RequestLimits.extend({
  id: z.uuid(),
  /** `/r/{token}`. Told once, where the request is made: only a digest of the token is kept. */
  url: z.string().nullable(),
  title: z.string(),
  message: z.string().nullable(),
  expires_at: Timestamp,
  has_password: z.boolean(),
  status: RequestStatus,
  /** Of what came, whatever became of it since. */
  file_count: z.int().nonnegative(),
  bytes: SizeBytes,
  created_at: Timestamp,
  closed_at: Timestamp.nullable(),
});
export type FileRequest = z.infer<typeof FileRequest>;

export const RequestQuery = z.strictObject({
  limit: IntegerText.pipe(z.int().min(1).max(200)).default(50),
  /** `next_cursor` of the page before. */
  cursor: z.uuid().optional(),
});
export type RequestQuery = z.infer<typeof RequestQuery>;

export const RequestPage = z.object({ requests: z.array(FileRequest), next_cursor: z.uuid().nullable() });
export type RequestPage = z.infer<typeof RequestPage>;

/** A request as those see it who deliver. Without its password, where it has one, it tells nothing of itself. */
export const RequestView = z.object({
  title: z.string().nullable(),
  message: z.string().nullable(),
  max_files: z.int().nullable(),
  max_bytes: SizeBytes.nullable(),
  max_file_size: SizeBytes.nullable(),
  files_left: z.int().nonnegative().nullable(),
  bytes_left: SizeBytes.nullable(),
  allowed_types: AllowedTypes,
  expires_at: Timestamp,
  has_password: z.boolean(),
  is_unlocked: z.boolean(),
});
export type RequestView = z.infer<typeof RequestView>;

export const RequestUnlocking = z.strictObject({ password: z.string().max(1024) });
export type RequestUnlocking = z.infer<typeof RequestUnlocking>;

/** What a deliverer learns of a file that it delivered. */
export const DeliveryReceipt = z.object({
  uid: Uid,
  original_name: z.string(),
  size_bytes: SizeBytes,
  sha256: Sha256,
});
export type DeliveryReceipt = z.infer<typeof DeliveryReceipt>;
