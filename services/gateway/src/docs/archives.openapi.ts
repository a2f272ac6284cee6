import { ArchiveRequest, type ErrorCode } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleUid } from './examples.js';
import { answerHeaders } from './headers.openapi.js';
import { bodilessProblemAnswers, problemAnswers } from './problems.openapi.js';

export const archiveAnswer =
  'files are stored in it as they are, names are made unique and safe, and its length is known. It breaks off where a file cannot be read, and has no ranges.';

const problems: ErrorCode[] = [
  'invalid_request',
  'file_not_found',
  'file_deleted',
  'file_expired',
  'downloads_exhausted',
  'object_archived',
  'infected',
  'unavailable',
];

const notes = {
  uids: { description: 'The files, each once: 1 to 1,000', example: [exampleUid] },
  filename: { description: 'What the archive is saved as', example: 'plans.zip' },
};
const { filename, uids } = documentFields(ArchiveRequest.shape, notes);

const headers = answerHeaders(
  'Accept-Ranges',
  'Content-Length',
  'Content-Disposition',
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
);
const archive: ZodOpenApiResponseObject = {
  description: 'The archive',
  headers,
  content: { 'application/zip': { schema: { type: 'string', format: 'binary' } } },
};
const prefetched = {
  description: 'A prefetch of files whose downloads are limited: nothing is sent, and none is used',
};

const query = z.object({ uid: uids, filename });
const description = `One zip: ${archiveAnswer} All files must be readable by the caller, else 404 and nothing is sent. Files with \`max_downloads\` are counted, all of them or none.`;

export const archivePaths: ZodOpenApiPathsObject = {
  '/api/v1/archives': {
    get: {
      operationId: 'downloadArchive',
      tags: ['downloads'],
      summary: 'Download several files as one zip',
      description,
      requestParams: { query },
      responses: { 200: archive, 204: prefetched, ...problemAnswers(...problems) },
    },
    head: {
      operationId: 'headArchive',
      tags: ['downloads'],
      summary: 'The headers of downloading several files as one zip',
      requestParams: { query },
      responses: { 200: { description: 'The archive', headers }, ...bodilessProblemAnswers(...problems) },
    },
    post: {
      operationId: 'requestArchive',
      tags: ['downloads'],
      summary: 'Download more files than an address holds as one zip',
      description: `${description} As a form \`uid\` is given any number of times, as in an address.`,
      requestBody: {
        content: {
          'application/json': { schema: z.strictObject({ uids, filename }), example: { uids: [exampleUid] } },
          'application/x-www-form-urlencoded': {
            schema: z.strictObject({ uid: uids, filename }),
            example: { uid: [exampleUid] },
          },
        },
      },
      responses: { 200: archive, 204: prefetched, ...problemAnswers(...problems) },
    },
  },
};
