import { DeliveryReceipt, FileChanges, FilePage, FileRecord } from '@wharf/contracts';
import { z } from 'zod';
import { documentFields } from './document-fields.js';
import { exampleFutureTime, exampleSha256, exampleText, exampleTime, exampleUid } from './examples.js';

/** What users read about a file, with a word on every field. */
export const FileRecordAnswer = z.object(
  documentFields(FileRecord.shape, {
    uid: { description: 'Identity of the file everywhere: a lower-case UUIDv7', example: exampleUid },
    original_name: {
      description:
        'The name as it was sent, in NFC, without folders and without what is not shown: control characters, line separators, controls of bidirectional text, spaces of no width',
      example: 'hello.txt',
    },
    extension: { description: 'Lower case, without the dot; empty where the name has none', example: 'txt' },
    content_type: {
      description:
        'Told from the bytes; where they do not tell as declared, else by the extension. A declared or named format within the one that the bytes show wins (DOCX within ZIP), one that the bytes deny does not. Without parameters',
      example: 'text/plain',
    },
    charset: {
      description:
        'The character encoding of a text, as declared or told from the bytes; sent with the type on download',
      example: 'utf-8',
    },
    declared_content_type: {
      description:
        'The type that the upload declared, as it was sent, whatever the bytes are; absent where it declared none',
      example: 'text/plain; charset=utf-8',
    },
    size_bytes: { description: 'Size in bytes', example: exampleText.length },
    sha256: {
      description: 'SHA-256 of the bytes in lower-case hex; null for an attachment that was not read yet',
      example: exampleSha256,
    },
    status: {
      description:
        '`stored`: durable on the volume; `synced`: copied to the object store as well; `archived`: in the object store only; `deleted`; `quarantined`: never served',
      example: 'synced',
    },
    local: { description: 'Whether a copy lies on the shared volume', example: true },
    cloud_path: { description: '`<bucket>/<key>` of the copy in the object store', example: `wharf/${exampleUid}` },
    sync_error: { description: 'Why the last copy to the object store failed', example: null },
    owner_id: { description: 'Who the file belongs to; null: nobody', example: null },
    visibility: {
      description: '`public`: anybody may read the bytes and the record, and nothing else; `private`: its owner alone',
      example: 'private',
    },
    message_id: { description: 'The message of another system that the file belongs to', example: 'message-42' },
    request_id: { description: 'The file request by which somebody delivered it', example: null },
    metadata: {
      description: 'Free-form attributes, at most 16 KiB of JSON and 32 levels deep',
      example: { project: 'atlas' },
    },
    expires_at: { description: 'When the file ends by itself', example: null },
    max_downloads: { description: 'After how many complete downloads the file ends', example: null },
    download_count: { description: 'Complete downloads so far', example: 0 },
    created_at: { description: 'When the upload was complete', example: exampleTime },
    synced_at: { description: 'When the copy in the object store was verified', example: exampleTime },
    archived_at: { description: 'When the copy on the volume was freed', example: null },
    deleted_at: { description: 'When the file was deleted', example: null },
    deleted_reason: { description: 'Why the file was deleted', example: null },
    last_accessed_at: { description: 'When the file was last read', example: null },
  }),
);

/** What whoever delivered a file by a file request is answered. */
export const DeliveryReceiptAnswer = z.object(
  documentFields(DeliveryReceipt.shape, {
    uid: { description: 'Identity of the file everywhere', example: exampleUid },
    original_name: { description: 'The name as it is kept', example: 'hello.txt' },
    size_bytes: { description: 'Size in bytes', example: exampleText.length },
    sha256: { description: 'SHA-256 of the bytes in lower-case hex', example: exampleSha256 },
  }),
);

export const FilePageAnswer = FilePage.extend({ files: z.array(FileRecordAnswer) });

/** The route refuses fields that it does not know. */
export const FileChangesBody = z.strictObject(
  documentFields(FileChanges.shape, {
    original_name: {
      description: 'A new name; what names lose in uploads it loses too',
      example: 'renamed.txt',
    },
    content_type: {
      description: 'The type as it should have been, perhaps with a charset; one that may be uploaded',
      example: 'text/markdown; charset=utf-8',
    },
    charset: { description: 'The character encoding of a text; null: unknown', example: 'iso-8859-1' },
    expires_at: { description: 'When the file ends by itself; null: never', example: exampleFutureTime },
    max_downloads: { description: 'After how many complete downloads the file ends; null: never', example: 100 },
    message_id: { description: 'The message of another system that the file belongs to', example: 'message-42' },
    metadata: {
      description: 'Free-form attributes, at most 16 KiB of JSON and 32 levels deep',
      example: { project: 'atlas' },
    },
    visibility: { description: 'Whether anybody may read the bytes and the record', example: 'public' },
  }),
);
