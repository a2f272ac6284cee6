import type { ErrorCode } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject, ZodOpenApiResponseObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { nameParameter, uidParameter } from './parameters.openapi.js';
import { bodilessProblemAnswers, problemAnswers } from './problems.openapi.js';

/** What may stand between a reader and the bytes, by a uid as well as by a link. */
export const downloadProblems: ErrorCode[] = [
  'invalid_request',
  'file_not_found',
  'file_deleted',
  'file_expired',
  'downloads_exhausted',
  'object_archived',
  'precondition_failed',
  'range_not_satisfiable',
  'infected',
  'unavailable',
];

const fileHeaders = answerHeaders(
  'ETag',
  'Last-Modified',
  'Accept-Ranges',
  'Content-Length',
  'Content-Disposition',
  'Repr-Digest',
  'Content-Security-Policy',
  'Cross-Origin-Resource-Policy',
  'X-Wharf-Source',
);

const query = z.object(
  documentFields(
    { disposition: z.enum(['inline', 'attachment']).optional() },
    {
      disposition: {
        description:
          '`inline` lets a browser show types that run nothing; all others stay attachments. Audio and video play in a page, and in some browsers not at this address itself, since the answer is sandboxed',
        example: 'inline',
      },
    },
  ),
);

const header = RequestHeaders.pick({
  Range: true,
  'If-Range': true,
  'If-Match': true,
  'If-None-Match': true,
  'If-Modified-Since': true,
  'If-Unmodified-Since': true,
});

const limitedDownloads = [
  'Where the downloads are limited, `410 downloads_exhausted` says that all are used, and 503 that those which are left are under',
  'way: ask again. The ranges that one client reads within an hour are one download, as long as they are not more than the file',
  'and a tenth; more takes another download. Clients behind one address are told apart by the cookie `wharf_reader`, which',
  'need not be kept. A download that breaks off is not used, unless much of the file was sent. HEAD and prefetching use none:',
  '`Sec-Purpose: prefetch` and `Purpose: preview` are answered 204 without a body.',
].join(' ');

/** GET and HEAD of the bytes at one address. */
export function downloadOperations({
  what,
  tags,
  path,
  operationIds,
  problems,
}: {
  what: string;
  tags: string[];
  path: z.ZodObject;
  operationIds: { get: string; head: string };
  problems: ErrorCode[];
}): { get: ZodOpenApiOperationObject; head: ZodOpenApiOperationObject } {
  return {
    get: {
      operationId: operationIds.get,
      tags,
      summary: `Download ${what}`,
      description: limitedDownloads,
      requestParams: { path, query, header },
      responses: {
        200: whole({ '*/*': { schema: { type: 'string', format: 'binary' } } }),
        206: {
          description: 'The range that was asked for',
          headers: { ...fileHeaders, ...answerHeaders('Content-Range') },
          content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
        },
        204: { description: 'A prefetch of a file whose downloads are limited: nothing is sent, and none is used' },
        ...withoutBody,
        ...problemAnswers(...problems),
      },
    },
    head: {
      operationId: operationIds.head,
      tags,
      summary: `The headers of downloading ${what}`,
      requestParams: { path, query, header },
      responses: { 200: whole(), ...withoutBody, ...bodilessProblemAnswers(...problems) },
    },
  };
}

const withoutBody: Record<number, ZodOpenApiResponseObject> = {
  302: {
    description: 'The bytes are in the object store, which clients are sent to (`DOWNLOAD_MODE=redirect`)',
    headers: answerHeaders('Location', 'X-Wharf-Source'),
  },
  304: {
    description: 'The caller has these very bytes',
    headers: answerHeaders('ETag', 'Last-Modified', 'Content-Security-Policy', 'Cross-Origin-Resource-Policy'),
  },
};

function whole(content?: ZodOpenApiResponseObject['content']): ZodOpenApiResponseObject {
  return { description: 'The whole file, under its own type', headers: fileHeaders, ...(content && { content }) };
}

export const downloadPaths: ZodOpenApiPathsObject = {
  '/api/v1/files/{uid}': downloadOperations({
    what: 'a file',
    tags: ['downloads'],
    path: uidParameter,
    operationIds: { get: 'downloadFile', head: 'headFile' },
    problems: ['invalid_uid', ...downloadProblems],
  }),
  '/api/v1/files/{uid}/{name}': downloadOperations({
    what: 'a file, under an address that ends in a name',
    tags: ['downloads'],
    path: uidParameter.extend(nameParameter),
    operationIds: { get: 'downloadNamedFile', head: 'headNamedFile' },
    problems: ['invalid_uid', 'route_not_found', ...downloadProblems],
  }),
};
