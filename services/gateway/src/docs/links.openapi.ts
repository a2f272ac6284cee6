import { type ErrorCode, LinkQuery, LinkUnlocking, ShareLink, Uid } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { exampleUid } from './examples.js';
import { answerHeaders } from './headers.openapi.js';
import {
  exampleLinkId,
  LinkOptionsBody,
  LinkPageAnswer,
  NewLinkBody,
  ShareLinkAnswer,
} from './link-records.openapi.js';
import { uidParameter } from './parameters.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const creationProblems: ErrorCode[] = [
  'invalid_request',
  'invalid_uid',
  'file_not_found',
  'file_deleted',
  'file_expired',
  'downloads_exhausted',
  'object_archived',
  'infected',
  'conflict',
  'unavailable',
];

const created = {
  201: {
    description: 'The link',
    headers: answerHeaders('Location'),
    content: { 'application/json': { schema: ShareLinkAnswer } },
  },
};

const idNote = { description: 'The `id` of a link', example: exampleLinkId };
const idParameter = z.object(documentFields({ id: ShareLink.shape.id }, { id: idNote }));
const linkParameters = z.object(
  documentFields(
    { uid: Uid, id: ShareLink.shape.id },
    { uid: { description: 'The `uid` of a file', example: exampleUid }, id: idNote },
  ),
);

const listQuery = z.object(
  documentFields(LinkQuery.shape, {
    limit: { description: 'How many at most, 1 to 200', example: 50 },
    cursor: { description: '`next_cursor` of the page before', example: exampleLinkId },
  }),
);

function listing(operationId: string, summary: string, problems: ErrorCode[]): ZodOpenApiOperationObject {
  return {
    operationId,
    tags: ['links'],
    summary,
    description: 'With what was downloaded by each, and when last. The addresses themselves are not kept.',
    requestParams: { query: listQuery },
    responses: {
      200: { description: 'One page', content: { 'application/json': { schema: LinkPageAnswer } } },
      ...problemAnswers('invalid_request', 'unavailable', ...problems),
    },
  };
}

export const linkPaths: ZodOpenApiPathsObject = {
  '/api/v1/links': {
    post: {
      operationId: 'shareFiles',
      tags: ['links'],
      summary: 'Share several files by a link',
      description:
        'Whoever has the link has the bytes of all files, one by one or as a zip, until it ends or is revoked. A file that ends is gone from it. At most 1,000 links lead to one file: the oldest ones that have ended make room, and where all are live the answer is 409.',
      requestBody: {
        content: { 'application/json': { schema: NewLinkBody, example: { uids: [exampleUid], title: 'Plans' } } },
      },
      responses: { ...created, ...problemAnswers(...creationProblems) },
    },
    get: listing('listLinks', 'The links that the caller has made', []),
  },
  '/api/v1/links/{id}': {
    delete: {
      operationId: 'endLink',
      tags: ['links'],
      summary: 'Revoke a link',
      description: 'At once and for ever; again changes nothing.',
      requestParams: { path: idParameter },
      responses: { 204: { description: 'Revoked' }, ...problemAnswers('link_not_found', 'unavailable') },
    },
  },
  '/api/v1/files/{uid}/links': {
    post: {
      operationId: 'createLink',
      tags: ['links'],
      summary: 'Share a file by a link',
      description:
        'Whoever has the link has the bytes, until it ends, is revoked, or the file ends. Without a body the link has no limits of its own. A file keeps at most 1,000 links: the oldest ones that have ended make room, and where all are live the answer is 409.',
      requestParams: { path: uidParameter },
      requestBody: {
        content: {
          'application/json': { schema: LinkOptionsBody, example: { expires_in: 3600, max_downloads: 3 } },
        },
      },
      responses: { ...created, ...problemAnswers(...creationProblems) },
    },
    get: {
      ...listing('listFileLinks', 'The links that lead to a file', ['invalid_uid', 'file_not_found']),
      requestParams: { path: uidParameter, query: listQuery },
    },
  },
  '/api/v1/files/{uid}/links/{id}': {
    delete: {
      operationId: 'revokeLink',
      tags: ['links'],
      summary: 'Revoke a link of a file',
      description: 'At once and for ever; again changes nothing.',
      requestParams: { path: linkParameters },
      responses: {
        204: { description: 'Revoked' },
        ...problemAnswers('invalid_uid', 'file_not_found', 'link_not_found', 'unavailable'),
      },
    },
  },
};

export const LinkUnlockingBody = z.strictObject(
  documentFields(LinkUnlocking.shape, { password: { description: 'Of the link', example: 'open sesame' } }),
);
