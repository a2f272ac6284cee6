import { type ErrorCode, UploadOptions } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleFutureTime, exampleText } from './examples.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { creationAnswerHeaders, creationDescription, creationHeaders, describeStream } from './ietf.openapi.js';
import { deliveryProblems, problemAnswers } from './problems.openapi.js';
import { DeliveryReceiptAnswer, FileRecordAnswer } from './records.openapi.js';

const options = documentFields(UploadOptions.shape, {
  expires_in: { description: 'Seconds after which the file ends by itself; not beside `expires_at`', example: 86_400 },
  expires_at: { description: 'When the file ends by itself; not beside `expires_in`', example: exampleFutureTime },
  max_downloads: { description: 'After how many complete downloads the file ends', example: 100 },
  message_id: { description: 'The message of another system that the file belongs to', example: 'message-42' },
  metadata: {
    description: 'Free-form attributes: a JSON object of at most 16 KiB and 32 levels',
    example: '{"project":"atlas"}',
  },
  visibility: {
    description: '`public`: anybody may read the bytes and the record; `private` unless told',
    example: 'public',
  },
});

const UploadForm = z.object({
  file: z.string().meta({
    description: 'The one file; its field may have any name',
    override: { format: 'binary', contentMediaType: 'application/octet-stream' },
  }),
  ...options,
});

const nameOfUpload = z.object({
  name: z
    .string()
    .meta({ description: 'Name of the file; no uid, since the bytes of a file never change', example: 'hello.txt' }),
});

const headers = { 'Idempotency-Key': true, 'Content-Digest': true, 'Repr-Digest': true, 'Content-MD5': true } as const;

const uploadProblems: ErrorCode[] = [
  'invalid_request',
  'missing_file',
  'too_many_files',
  'incomplete_body',
  'digest_mismatch',
  'idempotency_in_progress',
  'length_required',
  'file_too_large',
  'content_type_not_allowed',
  'unsupported_encoding',
  'idempotency_mismatch',
  'rate_limited',
  'unsupported_transfer_coding',
  'unavailable',
  'insufficient_storage',
  'quota_exceeded',
];

const answers = {
  201: stored('Stored, recorded and readable at once', FileRecordAnswer),
  202: stored('Stored; the record will follow', FileRecordAnswer),
  ...problemAnswers(...uploadProblems),
};

const recordOrReceipt = z.union([FileRecordAnswer, DeliveryReceiptAnswer]);

const answersToDeliveries = {
  201: stored('Stored, recorded and readable at once; to a delivery, a receipt', recordOrReceipt),
  202: stored('Stored; the record will follow; to a delivery, a receipt', recordOrReceipt),
  ...problemAnswers(...uploadProblems, ...deliveryProblems, 'request_full'),
};

const rawUpload: Omit<ZodOpenApiOperationObject, 'operationId'> = {
  tags: ['uploads'],
  description: `The body is the file, of any type and length, chunked too. ${creationDescription}`,
  requestParams: {
    query: z.object({
      ...documentFields(
        { filename: z.string().optional() },
        { filename: { description: 'Name of the file', example: 'hello.txt' } },
      ),
      ...options,
    }),
    header: RequestHeaders.pick({ ...headers, ...creationHeaders, 'Content-Disposition': true }),
  },
  requestBody: {
    required: true,
    content: {
      'application/octet-stream': { schema: { type: 'string', format: 'binary' }, example: exampleText },
    },
  },
  responses: answers,
};

export const uploadPaths: ZodOpenApiPathsObject = {
  '/api/v1/files': {
    post: {
      operationId: 'uploadForm',
      tags: ['uploads'],
      summary: 'Upload a file by a form',
      description:
        'Exactly one file; the other fields count wherever they stand in the form. A delivery by a file request has the file alone.',
      requestParams: { header: RequestHeaders.pick(headers) },
      requestBody: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: UploadForm,
            example: {
              file: exampleText,
              expires_in: 86_400,
              max_downloads: 100,
              message_id: 'message-42',
              metadata: '{"project":"atlas"}',
            },
          },
        },
      },
      responses: answersToDeliveries,
    },
    put: { ...rawUpload, operationId: 'putFile', summary: 'Upload a file as it is' },
  },
  '/api/v1/files/{name}': {
    put: {
      ...rawUpload,
      operationId: 'putNamed',
      summary: 'Upload a file as it is, under this name: what `curl -T` sends to an address that ends in a slash',
      requestParams: { ...rawUpload.requestParams, path: nameOfUpload, query: z.object(options) },
      responses: { ...answers, ...problemAnswers('method_not_allowed') },
    },
  },
  '/api/v1/files/stream': {
    post: {
      ...rawUpload,
      operationId: 'uploadStream',
      summary: 'Upload a file as it is',
      responses: answersToDeliveries,
    },
    options: describeStream,
    put: { ...rawUpload, operationId: 'putStream', summary: 'Upload a file as it is: what `curl -T` sends' },
  },
};

function stored(description: string, schema: z.ZodType) {
  return {
    description,
    headers: { ...answerHeaders('Location', 'Idempotency-Replayed'), ...creationAnswerHeaders },
    content: { 'application/json': { schema } },
  };
}
