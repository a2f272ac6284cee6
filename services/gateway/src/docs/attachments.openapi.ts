import {
  Attachment,
  AttachmentConfirmation,
  AttachmentPage,
  AttachmentQuery,
  AttachmentRequest,
  PresignedAttachment,
} from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleFutureTime, exampleSha256, exampleText, exampleTime, exampleUid } from './examples.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const idempotencyHeader = RequestHeaders.pick({ 'Idempotency-Key': true });

const RequestBody = z.strictObject(
  documentFields(AttachmentRequest.shape, {
    filename: { description: 'The name of the file', example: 'photo.png' },
    content_type: {
      description: 'What the form has to say; which type the file has in the end its bytes decide',
      example: 'image/png',
    },
    size_bytes: {
      description: 'At most so many bytes are taken; as many as an upload may have unless given',
      example: 52341,
    },
    message_id: { description: 'The message that the attachment belongs to', example: 'message-42' },
  }),
);

const PresignedAnswer = z.object(
  documentFields(PresignedAttachment.shape, {
    attachment_id: { description: 'Confirms it, and is the `uid` of the file then', example: exampleUid },
    url: { description: 'Where the form goes, by POST', example: 'https://s3.example.org/wharf' },
    fields: {
      description: 'The fields of the form, all of which stand before the file',
      example: { key: `pending/${exampleUid}`, 'Content-Type': 'image/png', policy: 'eyJl…', 'x-amz-signature': '3f…' },
    },
    parts: { description: 'Above 5 GB: where each part goes, by PUT', example: [] },
    part_size_bytes: { description: 'Size of every part but the last one', example: 67108864 },
    expires_at: { description: 'Until when it may be sent', example: exampleFutureTime },
    max_size_bytes: { description: 'How many bytes are taken', example: 52341 },
  }),
);

const ConfirmationBody = z.strictObject(
  documentFields(AttachmentConfirmation.shape, {
    attachment_id: { description: 'What was presigned', example: exampleUid },
    message_id: { description: 'The message, where it was not named before', example: 'message-42' },
  }),
);

export const AttachmentAnswer = z.object(
  documentFields(Attachment.shape, {
    id: { description: 'The `uid` of the file', example: exampleUid },
    user_id: { description: 'Who it belongs to; null: nobody', example: null },
    message_id: { description: 'The message that it belongs to', example: 'message-42' },
    filename: { description: 'The name of the file', example: 'photo.png' },
    content_type: { description: 'Told from the bytes, as for every upload', example: 'image/png' },
    size_bytes: { description: 'Size in bytes', example: exampleText.length },
    sha256: {
      description: 'SHA-256 of the bytes; null until all of them were read once: only then the attachment is verified',
      example: exampleSha256,
    },
    storage_key: { description: 'Its key in the object store', example: `files/89/ab/${exampleUid}` },
    metadata: { description: 'Free-form attributes of the file', example: {} },
    created_at: { description: 'When it was presigned', example: exampleTime },
    download_url: {
      description: 'Where the bytes are: at the CDN, or presigned for an hour, or at the address of the file',
      example: `https://cdn.example.org/files/89/ab/${exampleUid}`,
    },
  }),
);

const PageAnswer = AttachmentPage.extend({ attachments: z.array(AttachmentAnswer) });

const idParameter = z.object(
  documentFields(
    { id: Attachment.shape.id },
    { id: { description: 'The `id` of an attachment', example: exampleUid } },
  ),
);

const queryParameters = z.object(
  documentFields(AttachmentQuery.shape, {
    message_id: { description: 'Those of one message', example: 'message-42' },
    limit: { description: 'How many at most, 1 to 200', example: 50 },
    cursor: { description: '`next_cursor` of the page before', example: exampleUid },
  }),
);

const confirmed = {
  description: 'The attachment',
  headers: answerHeaders('Idempotency-Replayed'),
  content: { 'application/json': { schema: AttachmentAnswer } },
};

export const attachmentPaths: ZodOpenApiPathsObject = {
  '/api/v1/attachments/presigned': {
    post: {
      operationId: 'presignAttachment',
      tags: ['attachments'],
      summary: 'Permit a file to be sent straight to the object store',
      description:
        'Gives the form with which this one object may be sent, past the gateway: exactly this key and type, so many bytes, until it expires. Its share of the quota is reserved before. The object is nothing until it is confirmed.',
      requestParams: { header: idempotencyHeader },
      requestBody: {
        content: {
          'application/json': { schema: RequestBody, example: { filename: 'photo.png', content_type: 'image/png' } },
        },
      },
      responses: {
        201: {
          description: 'How to send it',
          headers: answerHeaders('Location', 'Idempotency-Replayed'),
          content: { 'application/json': { schema: PresignedAnswer } },
        },
        ...problemAnswers(
          'invalid_request',
          'file_too_large',
          'content_type_not_allowed',
          'idempotency_in_progress',
          'idempotency_mismatch',
          'conflict',
          'quota_exceeded',
          'rate_limited',
          'unavailable',
        ),
      },
    },
  },
  '/api/v1/attachments/confirm': {
    post: {
      operationId: 'confirmAttachment',
      tags: ['attachments'],
      summary: 'Make a file of what was sent',
      description:
        'The object is judged, and not what was said of it: its size, its first bytes. One that is refused is removed. Again it gives the same answer. Where this request is lost, the attachment is confirmed by itself once its form has expired.',
      requestParams: { header: idempotencyHeader },
      requestBody: {
        content: { 'application/json': { schema: ConfirmationBody, example: { attachment_id: exampleUid } } },
      },
      responses: {
        200: confirmed,
        ...problemAnswers(
          'invalid_request',
          'file_not_found',
          'upload_missing',
          'conflict',
          'file_too_large',
          'content_type_not_allowed',
          'idempotency_in_progress',
          'idempotency_mismatch',
          'file_deleted',
          'unavailable',
        ),
      },
    },
  },
  '/api/v1/attachments/form': {
    post: {
      operationId: 'sendAttachment',
      tags: ['attachments'],
      summary: 'Send a presigned form, where the object store is a folder',
      description:
        'Takes the form in the place of an S3 server, which takes it at an address of its own. The form is the permission: no other credentials are looked at. It is taken once.',
      requestBody: {
        content: {
          'multipart/form-data': {
            schema: z.looseObject({
              key: z.string(),
              'Content-Type': z.string(),
              policy: z.string(),
              'x-amz-signature': z.string(),
              file: z.string().meta({ format: 'binary' }),
            }),
            example: {
              key: `pending/${exampleUid}`,
              'Content-Type': 'image/png',
              policy: 'eyJl…',
              'x-amz-signature': '3f…',
              file: '…',
            },
          },
        },
      },
      responses: {
        204: { description: 'It is durable', headers: answerHeaders('ETag') },
        ...problemAnswers(
          'invalid_request',
          'missing_file',
          'incomplete_body',
          'forbidden',
          'route_not_found',
          'conflict',
          'length_required',
          'file_too_large',
          'rate_limited',
          'unavailable',
        ),
      },
    },
  },
  '/api/v1/attachments': {
    get: {
      operationId: 'listAttachments',
      tags: ['attachments'],
      summary: 'List attachments, those of a message or all',
      description: 'Those that are confirmed, in the order in which they were presigned.',
      requestParams: { query: queryParameters },
      responses: {
        200: { description: 'One page', content: { 'application/json': { schema: PageAnswer } } },
        ...problemAnswers('invalid_request', 'unavailable'),
      },
    },
  },
  '/api/v1/attachments/{id}': {
    get: {
      operationId: 'getAttachment',
      tags: ['attachments'],
      summary: 'Read about an attachment',
      requestParams: { path: idParameter },
      responses: {
        200: { description: 'The attachment', content: { 'application/json': { schema: AttachmentAnswer } } },
        ...problemAnswers('invalid_uid', 'file_not_found', 'upload_missing', 'unavailable'),
      },
    },
    delete: {
      operationId: 'deleteAttachment',
      tags: ['attachments'],
      summary: 'Delete an attachment, confirmed or not',
      requestParams: { path: idParameter },
      responses: {
        204: { description: 'It is deleted; also where it was before' },
        ...problemAnswers('invalid_uid', 'file_not_found', 'unavailable'),
      },
    },
  },
};
