import { z } from 'zod';
import { IntegerText } from './gateway.rest.js';
import { MaxDownloads, ShortText, SizeBytes, Timestamp, Uid } from './values.js';

const tenYearsSeconds = 10 * 366 * 24 * 3600;

/** How many files one link, or one archive, may have. */
export const mostFilesAtOnce = 1000;

/** Files by name, each once. */
export const Uids = z
  .array(Uid)
  .min(1)
  .max(mostFilesAtOnce)
  .refine((uids) => new Set(uids).size === uids.length, 'must name each file once');

/** Chosen by who shares: any text. It is compared as the password of a user is. */
export const LinkPassword = z.string().min(1).max(1024);

/** What a share link may be limited to, beside the limits of its files. */
export const LinkOptions = z.strictObject({
  /** What the page of the link says, and the name of its archive. */
  title: ShortText.nullable().optional(),
  /** Seconds from now. */
  expires_in: z.int().min(1).max(tenYearsSeconds).nullable().optional(),
  max_downloads: MaxDownloads.nullable().optional(),
  password: LinkPassword.nullable().optional(),
});
export type LinkOptions = z.infer<typeof LinkOptions>;

/** A link to several files. */
export const NewLink = LinkOptions.extend({ uids: Uids });
export type NewLink = z.infer<typeof NewLink>;

export const ShareLink = z.object({
  id: z.uuid(),
  /** `/s/{token}`, the page for people. Shown once: only a digest of the token is kept. */
  url: z.string(),
  /** `/api/v1/links/{token}`: the bytes of the file, or a zip of several. */
  download_url: z.string(),
  title: z.string().nullable(),
  expires_at: Timestamp.nullable(),
  max_downloads: MaxDownloads.nullable(),
  has_password: z.boolean(),
  created_at: Timestamp,
});
export type ShareLink = z.infer<typeof ShareLink>;

/** `exhausted`: its downloads are used up. */
export const LinkStatus = z.enum(['active', 'expired', 'exhausted', 'revoked']);
export type LinkStatus = z.infer<typeof LinkStatus>;

const FileOfLink = z.object({ uid: Uid, name: z.string(), size_bytes: SizeBytes, content_type: z.string() });

/** What the owner reads about a link. */
export const LinkRecord = z.object({
  id: z.uuid(),
  title: z.string().nullable(),
  /** The first ten of those that are still there. */
  files: z.array(FileOfLink),
  /** Of the files that are still there. */
  file_count: z.int().nonnegative(),
  total_bytes: SizeBytes,
  expires_at: Timestamp.nullable(),
  max_downloads: MaxDownloads.nullable(),
  download_count: z.int().nonnegative(),
  /** When a download of it was counted last. */
  last_used_at: Timestamp.nullable(),
  has_password: z.boolean(),
  created_at: Timestamp,
  revoked_at: Timestamp.nullable(),
  status: LinkStatus,
});
export type LinkRecord = z.infer<typeof LinkRecord>;

/** The query of a list as it stands in an address: everything is text there. */
export const LinkQuery = z.strictObject({
  limit: IntegerText.pipe(z.int().min(1).max(200)).default(50),
  /** `next_cursor` of the page before. */
  cursor: z.uuid().optional(),
});
export type LinkQuery = z.infer<typeof LinkQuery>;

/** The newest first. */
export const LinkPage = z.object({
  links: z.array(LinkRecord),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});
export type LinkPage = z.infer<typeof LinkPage>;

/** What whoever holds a link reads about it: `GET /s/{token}` as JSON. Where it is locked by a password, nothing of the files. */
export const LinkView = z.object({
  title: z.string().nullable(),
  expires_at: Timestamp.nullable(),
  /** Null where they are not limited. */
  downloads_left: z.int().nonnegative().nullable(),
  has_password: z.boolean(),
  is_unlocked: z.boolean(),
  /** Of the files that are still there. */
  file_count: z.int().nonnegative(),
  total_bytes: SizeBytes,
  files: z.array(
    FileOfLink.extend({
      download_url: z.string(),
      /** Whether a browser shows it without running anything of it: images, audio, video, plain text, PDF. */
      is_previewable: z.boolean(),
    }),
  ),
  /** Files that the link led to once, and that have ended since. While there are any, the archive of all is refused. */
  gone_count: z.int().nonnegative(),
  download_url: z.string(),
  /** The name of what `download_url` answers with; null while the link is locked. */
  archive_name: z.string().nullable(),
});
export type LinkView = z.infer<typeof LinkView>;

export const LinkUnlocking = z.strictObject({ password: z.string().max(1024) });
export type LinkUnlocking = z.infer<typeof LinkUnlocking>;

const FileNameOption = ShortText.optional();

/** Files to be sent as one zip, for more of them than an address holds. */
export const ArchiveRequest = z.strictObject({ uids: Uids, filename: FileNameOption });
export type ArchiveRequest = z.infer<typeof ArchiveRequest>;
