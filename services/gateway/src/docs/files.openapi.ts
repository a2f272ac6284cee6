import { FileQuery } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleRequestId, exampleTime } from './examples.js';
import { uidParameter } from './parameters.openapi.js';
import { problemAnswers } from './problems.openapi.js';
import { FileChangesBody, FilePageAnswer, FileRecordAnswer } from './records.openapi.js';

const query = z.object(
  documentFields(FileQuery.shape, {
    status: { description: 'Deleted files are listed only where this asks for them', example: 'stored' },
    content_type: {
      description: 'A whole type, or all of one kind: `image/` or `image/*`. In any case',
      example: 'text/',
    },
    owner_id: { description: 'Files of one owner', example: 'owner-7' },
    message_id: { description: 'Files of one message', example: 'message-42' },
    request_id: { description: 'What came by one file request', example: exampleRequestId },
    created_after: { description: 'Later than this time', example: exampleTime },
    created_before: { description: 'Earlier than this time', example: exampleTime },
    q: {
      description:
        'Part of the name, in any case. A page of a search for something rare may hold few files, or none, while `next_cursor` leads to more',
      example: 'hello',
    },
    sort: { description: 'Newest first unless told', example: 'size_bytes' },
    limit: {
      description:
        'Files of a page at most; 50 unless told. A page of files with much metadata may hold fewer: `next_cursor` tells whether there are more',
      example: 20,
    },
    cursor: { description: '`next_cursor` of the page before, with the same sort and filters', example: 'eyJ2IjoxfQ' },
  }),
);

export const filePaths: ZodOpenApiPathsObject = {
  '/api/v1/files': {
    get: {
      operationId: 'listFiles',
      tags: ['files'],
      summary: 'List files',
      requestParams: { query },
      responses: {
        200: { description: 'One page', content: { 'application/json': { schema: FilePageAnswer } } },
        ...problemAnswers('invalid_request', 'unavailable'),
      },
    },
  },
  '/api/v1/files/{uid}/metadata': {
    get: {
      operationId: 'getFileMetadata',
      tags: ['files'],
      summary: 'Read the record of a file',
      description: 'Deleted files have one too, for as long as records are retained.',
      requestParams: { path: uidParameter },
      responses: {
        200: { description: 'The record', content: { 'application/json': { schema: FileRecordAnswer } } },
        ...problemAnswers('invalid_uid', 'file_not_found', 'unavailable'),
      },
    },
  },
  '/api/v1/files/{uid}': {
    patch: {
      operationId: 'updateFile',
      tags: ['files'],
      summary: 'Change the record of a file',
      description:
        'As `application/json` metadata replace those that were there; as `application/merge-patch+json` they are merged into them (RFC 7396).',
      requestParams: { path: uidParameter },
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: FileChangesBody,
            example: { original_name: 'renamed.txt', max_downloads: 100, metadata: { project: 'atlas' } },
          },
          'application/merge-patch+json': {
            schema: FileChangesBody,
            example: { metadata: { project: null } },
          },
        },
      },
      responses: {
        200: { description: 'The record as it is now', content: { 'application/json': { schema: FileRecordAnswer } } },
        ...problemAnswers(
          'invalid_request',
          'invalid_uid',
          'file_not_found',
          'file_deleted',
          'content_type_not_allowed',
          'unavailable',
        ),
      },
    },
    delete: {
      operationId: 'deleteFile',
      tags: ['files'],
      summary: 'Delete a file',
      description: 'At once and for ever; again changes nothing.',
      requestParams: { path: uidParameter },
      responses: {
        204: { description: 'Deleted' },
        ...problemAnswers('invalid_uid', 'file_not_found', 'unavailable'),
      },
    },
  },
};
