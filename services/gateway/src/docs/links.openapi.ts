import { type ErrorCode, LinkOptions, ShareLink, Uid } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiPathsObject } from 'zod-openapi';
import { documentFields } from './document-fields.js';
import { downloadOperations, downloadProblems } from './downloads.openapi.js';
import { exampleFutureTime, exampleUid } from './examples.js';
import { answerHeaders } from './headers.openapi.js';
import { nameParameter, uidParameter } from './parameters.openapi.js';
import { problemAnswers } from './problems.openapi.js';

const exampleLinkId = '0b0f4f3c-3a5e-4a0e-9d4e-6c2f1c1d7a11';
const exampleToken = 'q3nYcX0m7vLk2tZ9bH4sWw1eR8uJ5aPd6fGiNoMxTyU';

const LinkOptionsBody = z.strictObject(
  documentFields(LinkOptions.shape, {
    expires_in: { description: 'Seconds after which the link ends; null: with its file', example: 3600 },
    max_downloads: { description: 'After how many complete downloads the link ends; null: any number', example: 3 },
  }),
);

const ShareLinkAnswer = z.object(
  documentFields(ShareLink.shape, {
    id: { description: 'Revokes the link', example: exampleLinkId },
    url: {
      description: 'Where the bytes are. Shown once: only a digest of it is kept',
      example: `/api/v1/links/${exampleToken}`,
    },
    expires_at: { description: 'When the link ends', example: exampleFutureTime },
    max_downloads: { description: 'After how many complete downloads the link ends', example: 3 },
  }),
);

const linkProblems: ErrorCode[] = [...downloadProblems, 'link_not_found', 'link_revoked', 'link_expired'];

const linkParameters = z.object(
  documentFields(
    { uid: Uid, id: ShareLink.shape.id },
    {
      uid: { description: 'The `uid` of a file', example: exampleUid },
      id: { description: 'The `id` of a link', example: exampleLinkId },
    },
  ),
);

const tokenParameter = z.object(
  documentFields(
    { token: z.string() },
    { token: { description: 'What stands in the url of a link', example: exampleToken } },
  ),
);

export const linkPaths: ZodOpenApiPathsObject = {
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
      responses: {
        201: {
          description: 'The link',
          headers: answerHeaders('Location'),
          content: { 'application/json': { schema: ShareLinkAnswer } },
        },
        ...problemAnswers(
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
        ),
      },
    },
  },
  '/api/v1/files/{uid}/links/{id}': {
    delete: {
      operationId: 'revokeLink',
      tags: ['links'],
      summary: 'Revoke a link',
      description: 'At once and for ever; again changes nothing.',
      requestParams: { path: linkParameters },
      responses: {
        204: { description: 'Revoked' },
        ...problemAnswers('invalid_uid', 'file_not_found', 'link_not_found', 'unavailable'),
      },
    },
  },
  '/api/v1/links/{token}': downloadOperations({
    what: 'a shared file',
    tags: ['links'],
    path: tokenParameter,
    operationIds: { get: 'downloadLink', head: 'headLink' },
    problems: linkProblems,
  }),
  '/api/v1/links/{token}/{name}': downloadOperations({
    what: 'a shared file, under an address that ends in a name',
    tags: ['links'],
    path: tokenParameter.extend(nameParameter),
    operationIds: { get: 'downloadNamedLink', head: 'headNamedLink' },
    problems: linkProblems,
  }),
};
