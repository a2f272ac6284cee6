import {
  FileRequest,
  NewRequest,
  RequestChangesBody,
  RequestPage,
  RequestQuery,
  RequestUnlocking,
  RequestView,
} from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleFutureTime, exampleRequestId, exampleTime } from './examples.js';
import { answerHeaders } from './headers.openapi.js';
import { pageProblemAnswers, problemAnswers } from './problems.openapi.js';

const exampleToken = 'q3nYcX0m7vLk2tZ9bH4sWw1eR8uJ5aPd6fGiNoMxTyU';

const title = { description: 'What is asked for: one line, without control characters', example: 'Papers for May' };
const message = { description: 'More about it; null: nothing', example: 'One PDF for each of you, please.' };
const limits = {
  max_files: { description: 'Files that it takes in all', example: 20 },
  max_bytes: { description: 'Bytes that it takes in all', example: 200_000_000 },
  max_file_size: { description: 'Bytes of one file', example: 10_000_000 },
  allowed_types: { description: 'Types that it takes; empty: all', example: ['image/*', 'application/pdf'] },
};
const expiresIn = { description: 'Seconds from now after which it takes nothing more', example: 604_800 };

const NewRequestBody = z.strictObject(
  documentFields(NewRequest.shape, {
    title,
    message,
    ...limits,
    expires_in: expiresIn,
    password: { description: 'Without which nobody delivers; null: none', example: 'open sesame' },
  }),
);

const RequestChanges = z.strictObject(
  documentFields(RequestChangesBody.shape, {
    title,
    message,
    ...limits,
    expires_in: expiresIn,
    status: { description: '`closed`: it takes nothing more; `open`: it does again', example: 'open' },
  }),
);

const FileRequestAnswer = z.object(
  documentFields(FileRequest.shape, {
    id: { description: 'Identity of the request', example: exampleRequestId },
    url: {
      description: 'The page for those who deliver. Told once, where it is made: only a digest of it is kept',
      example: `/r/${exampleToken}`,
    },
    title,
    message,
    ...limits,
    expires_at: { description: 'When it ends', example: exampleFutureTime },
    has_password: { description: 'Whether it has a password', example: true },
    status: {
      description: '`full`: what it takes came, or is on its way. `expired` and `closed` win over it',
      example: 'open',
    },
    file_count: { description: 'Files that came, whatever became of them since', example: 0 },
    bytes: { description: 'Bytes that came', example: 0 },
    created_at: { description: 'When it was made', example: exampleTime },
    closed_at: { description: 'When it was closed', example: null },
  }),
);

const RequestViewAnswer = z.object(
  documentFields(RequestView.shape, {
    title,
    message,
    ...limits,
    files_left: { description: 'Files that may still begin', example: 20 },
    bytes_left: { description: 'Bytes that may still come', example: 200_000_000 },
    expires_at: { description: 'When it ends', example: exampleFutureTime },
    has_password: { description: 'Whether it has a password', example: true },
    is_unlocked: { description: 'Whether that was shown; else nothing is told of it', example: true },
  }),
);

const UnlockingBody = z.strictObject(
  documentFields(RequestUnlocking.shape, { password: { description: 'Of the request', example: 'open sesame' } }),
);

const listQuery = z.object(
  documentFields(RequestQuery.shape, {
    limit: { description: 'Requests of a page at most; 50 unless told', example: 20 },
    cursor: { description: '`next_cursor` of the page before', example: exampleRequestId },
  }),
);

const idParameter = z.object(
  documentFields({ id: z.uuid() }, { id: { description: 'The `id` of a request', example: exampleRequestId } }),
);
const tokenParameter = z.object(
  documentFields(
    { token: z.string() },
    { token: { description: 'What stands in the url of a request', example: exampleToken } },
  ),
);
const answer = { 'application/json': { schema: FileRequestAnswer } };

export const requestPaths: ZodOpenApiPathsObject = {
  '/api/v1/requests': {
    post: {
      operationId: 'createRequest',
      tags: ['requests'],
      summary: 'Ask others for files',
      description:
        'Whoever has the `url` delivers files, by any of the ways to upload, with its token in the header `Wharf-Request`. Limits are reserved before the first byte. What comes is yours, and counts in your quota; it has `request_id`.',
      requestBody: {
        content: {
          'application/json': {
            schema: NewRequestBody,
            example: {
              title: title.example,
              max_files: 20,
              max_bytes: 200_000_000,
              max_file_size: 10_000_000,
              allowed_types: ['application/pdf'],
              expires_in: 604_800,
            },
          },
        },
      },
      responses: {
        201: { description: 'The request', headers: answerHeaders('Location'), content: answer },
        ...problemAnswers('invalid_request', 'unavailable'),
      },
    },
    get: {
      operationId: 'listRequests',
      tags: ['requests'],
      summary: 'Your requests, the newest first',
      requestParams: { query: listQuery },
      responses: {
        200: {
          description: 'One page',
          content: { 'application/json': { schema: RequestPage.extend({ requests: z.array(FileRequestAnswer) }) } },
        },
        ...problemAnswers('invalid_request', 'unavailable'),
      },
    },
  },
  '/api/v1/requests/{id}': {
    get: {
      operationId: 'getRequest',
      tags: ['requests'],
      summary: 'A request; what came by it is listed by GET /api/v1/files?request_id=',
      requestParams: { path: idParameter },
      responses: {
        200: { description: 'The request', content: answer },
        ...problemAnswers('request_not_found', 'unavailable'),
      },
    },
    patch: {
      operationId: 'updateRequest',
      tags: ['requests'],
      summary: 'Change a request, close it, or open it again',
      description: 'It counts at once for all that begins from then on.',
      requestParams: { path: idParameter },
      requestBody: {
        content: { 'application/json': { schema: RequestChanges, example: { max_files: 40, status: 'open' } } },
      },
      responses: {
        200: { description: 'The request', content: answer },
        ...problemAnswers('invalid_request', 'request_not_found', 'unavailable'),
      },
    },
    delete: {
      operationId: 'closeRequest',
      tags: ['requests'],
      summary: 'Close a request: nothing more begins to be delivered. What came stays',
      requestParams: { path: idParameter },
      responses: { 204: { description: 'Closed' }, ...problemAnswers('request_not_found', 'unavailable') },
    },
  },
  '/api/v1/requests/{token}/unlock': {
    post: {
      operationId: 'unlockRequest',
      tags: ['requests'],
      summary: 'Show the password of a request',
      description: 'A cookie says so for some hours. Ten wrong passwords in 15 minutes are judged of one network.',
      requestParams: { path: tokenParameter },
      requestBody: {
        content: { 'application/json': { schema: UnlockingBody, example: { password: 'open sesame' } } },
      },
      responses: {
        204: { description: 'Unlocked, or there is no password' },
        ...problemAnswers('invalid_request', 'password_required', 'request_not_found', 'rate_limited', 'unavailable'),
      },
    },
  },
  '/r/{token}': {
    get: {
      operationId: 'getRequestPage',
      tags: ['requests'],
      summary: 'What is asked for: for programs that accept JSON; else the page on which files are delivered',
      requestParams: { path: tokenParameter },
      responses: {
        200: {
          description: 'The request, as those see it who deliver',
          content: {
            'application/json': { schema: RequestViewAnswer },
            'text/html': { schema: { type: 'string' } },
          },
        },
        304: { description: 'The caller has the page' },
        ...pageProblemAnswers(
          'password_required',
          'request_not_found',
          'request_closed',
          'request_expired',
          'rate_limited',
          'unavailable',
        ),
      },
    },
  },
};
