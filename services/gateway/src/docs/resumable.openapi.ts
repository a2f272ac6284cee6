import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { exampleText } from './examples.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { fileAnswers, getUpload, ietfPiece, ietfProgress } from './ietf.openapi.js';
import { uidParameter } from './parameters.openapi.js';
import { bodilessProblemAnswers, deliveryProblems, problemAnswers } from './problems.openapi.js';

const protocol = answerHeaders('Tus-Resumable', 'Upload-Limit');
const progress = { ...protocol, ...answerHeaders('Upload-Offset', 'Upload-Expires', 'Wharf-File') };

const pieceBody: NonNullable<ZodOpenApiOperationObject['requestBody']> = {
  content: {
    'application/offset+octet-stream': { schema: { type: 'string', format: 'binary' }, example: exampleText },
  },
};

const appendProblems = [
  'invalid_request',
  'incomplete_body',
  'digest_mismatch',
  'file_too_large',
  'precondition_failed',
  'content_type_not_allowed',
  'unsupported_encoding',
  'checksum_mismatch',
  'rate_limited',
  'unsupported_transfer_coding',
  'unavailable',
  'insufficient_storage',
  'quota_exceeded',
  'request_full',
  ...deliveryProblems,
] as const;

const ofUpload = ['precondition_failed', 'file_not_found', 'file_expired', 'unavailable', ...deliveryProblems] as const;

const describe = (operationId: string, summary: string): ZodOpenApiOperationObject => ({
  operationId,
  tags: ['resumable'],
  summary,
  responses: {
    204: {
      description: 'What is there',
      headers: {
        ...protocol,
        ...answerHeaders('Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Tus-Checksum-Algorithm'),
      },
    },
  },
});

/** Of requests that may come by the IETF protocol as well. */
const dialectHeaders = RequestHeaders.pick({ 'Tus-Resumable': true, 'Upload-Draft-Interop-Version': true }).partial();

/** tus 1.0, and the IETF protocol on the same uploads. */
export const resumablePaths: ZodOpenApiPathsObject = {
  '/api/v1/uploads': {
    options: describe('describeUploads', 'What resumable uploads can do here (tus 1.0)'),
    post: {
      operationId: 'createUpload',
      tags: ['resumable'],
      summary: 'Begin a resumable upload (tus 1.0), with its first bytes or without',
      requestParams: {
        header: RequestHeaders.pick({
          'Tus-Resumable': true,
          'Upload-Length': true,
          'Upload-Defer-Length': true,
          'Upload-Metadata': true,
          'Repr-Digest': true,
          'Upload-Checksum': true,
          'Content-Digest': true,
          'Content-MD5': true,
        }),
      },
      requestBody: pieceBody,
      responses: {
        201: {
          description: 'Begun; `Wharf-File` where it is a file already',
          headers: { ...progress, ...answerHeaders('Location') },
        },
        ...problemAnswers(...appendProblems),
      },
    },
  },
  '/api/v1/uploads/{uid}': {
    options: { ...describe('describeUpload', 'The same'), requestParams: { path: uidParameter } },
    head: {
      operationId: 'readUpload',
      tags: ['resumable'],
      summary: 'How far a resumable upload is, also once it is a file',
      requestParams: { path: uidParameter, header: dialectHeaders },
      responses: {
        200: {
          description: 'Its durable bytes',
          headers: { ...progress, ...answerHeaders('Upload-Length', 'Upload-Defer-Length', 'Upload-Metadata') },
        },
        204: {
          description: 'The same by the IETF protocol',
          headers: { ...ietfProgress, ...answerHeaders('Upload-Length', 'Cache-Control') },
        },
        ...bodilessProblemAnswers(...ofUpload, 'upload_locked'),
      },
    },
    get: getUpload,
    patch: {
      operationId: 'appendToUpload',
      tags: ['resumable'],
      summary: 'Append bytes to a resumable upload; the last ones make it a file with the same uid',
      requestParams: {
        path: uidParameter,
        header: dialectHeaders.extend(
          RequestHeaders.pick({
            'Upload-Offset': true,
            'Upload-Complete': true,
            'Upload-Length': true,
            'Upload-Checksum': true,
            'Content-Digest': true,
            'Repr-Digest': true,
            'Content-MD5': true,
          }).shape,
        ),
      },
      requestBody: { content: { ...pieceBody.content, ...ietfPiece } },
      responses: {
        ...fileAnswers,
        204: { description: 'Appended, and durable', headers: { ...progress, ...ietfProgress } },
        ...problemAnswers(
          ...new Set([...appendProblems, ...ofUpload, 'digest_mismatch', 'offset_mismatch', 'upload_locked'] as const),
        ),
      },
    },
    delete: {
      operationId: 'terminateUpload',
      tags: ['resumable'],
      summary: 'End a resumable upload, with all that it has; a file that has come of it stays',
      requestParams: { path: uidParameter, header: dialectHeaders },
      responses: {
        204: { description: 'It is no more', headers: answerHeaders('Tus-Resumable', 'Upload-Draft-Interop-Version') },
        ...problemAnswers(...ofUpload, 'upload_locked'),
      },
    },
    post: {
      operationId: 'overrideUpload',
      tags: ['resumable'],
      summary: 'HEAD, PATCH or DELETE for clients that know no other methods than POST',
      requestParams: {
        path: uidParameter,
        header: RequestHeaders.pick({
          'Tus-Resumable': true,
          'X-HTTP-Method-Override': true,
          'Upload-Offset': true,
          'Upload-Length': true,
          'Upload-Checksum': true,
          'Content-Digest': true,
          'Content-MD5': true,
        }),
      },
      requestBody: pieceBody,
      responses: {
        200: { description: 'As HEAD', headers: progress },
        204: { description: 'As PATCH or DELETE', headers: protocol },
        ...problemAnswers(
          ...new Set([
            ...appendProblems,
            ...ofUpload,
            'method_not_allowed',
            'offset_mismatch',
            'upload_locked',
          ] as const),
        ),
      },
    },
  },
};
