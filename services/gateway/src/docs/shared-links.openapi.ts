import { type ErrorCode, Uid } from '@wharf/contracts';
import { z } from 'zod';
import type { ZodOpenApiOperationObject, ZodOpenApiPathsObject } from 'zod-openapi';
import { archiveAnswer } from './archives.openapi.js';
import { documentFields } from './document-fields.js';
import { downloadOperations, downloadProblems } from './downloads.openapi.js';
import { exampleUid } from './examples.js';
import { answerHeaders, RequestHeaders } from './headers.openapi.js';
import { exampleToken, LinkViewAnswer } from './link-records.openapi.js';
import { LinkUnlockingBody } from './links.openapi.js';
import { nameParameter } from './parameters.openapi.js';
import { pageProblemAnswers, problemAnswers } from './problems.openapi.js';

const linkProblems: ErrorCode[] = [
  'link_not_found',
  'link_revoked',
  'link_expired',
  'password_required',
  'rate_limited',
];
const problems: ErrorCode[] = [...downloadProblems, ...linkProblems];

const tokenNote = { token: { description: 'What stands in the url of a link', example: exampleToken } };
const tokenParameter = z.object(documentFields({ token: z.string() }, tokenNote));
const fileParameters = z.object(
  documentFields(
    { token: z.string(), uid: Uid },
    { ...tokenNote, uid: { description: 'Of a file', example: exampleUid } },
  ),
);
const passwordHeader = RequestHeaders.pick({ 'Wharf-Link-Password': true });

type Downloads = ReturnType<typeof downloadOperations>;

/** The operations of a link's bytes: of several files they are an archive, and a password may be asked for. */
function linkDownloads(
  what: string,
  path: z.ZodObject,
  operationIds: { get: string; head: string },
  more: ErrorCode[] = [],
): Downloads {
  const { get, head } = downloadOperations({
    what,
    tags: ['links'],
    path,
    operationIds,
    problems: [...problems, ...more],
  });
  return { get: withPassword(get), head: withPassword(head) };
}

function withPassword(operation: ZodOpenApiOperationObject): ZodOpenApiOperationObject {
  const { header } = operation.requestParams ?? {};
  const both = header instanceof z.ZodObject ? header.extend(passwordHeader.shape) : passwordHeader;
  return { ...operation, requestParams: { ...operation.requestParams, header: both } };
}

/** A link to several files answers with a zip. */
function orArchive({ get, head }: Downloads): Downloads {
  const described = `${get.description} A link to several files answers with a zip of them, which is one download: ${archiveAnswer}`;
  return { get: { ...get, description: described }, head };
}

export const sharedLinkPaths: ZodOpenApiPathsObject = {
  '/s/{token}': {
    get: {
      operationId: 'getLinkPage',
      tags: ['links'],
      summary: 'The page of a link',
      description:
        'For people, with Open Graph data for the programs that make previews; as JSON with `Accept: application/json`. Reading it uses up nothing.',
      requestParams: { path: tokenParameter, header: passwordHeader },
      responses: {
        200: {
          description: 'The page, or what it shows',
          content: { 'text/html': { schema: { type: 'string' } }, 'application/json': { schema: LinkViewAnswer } },
        },
        ...pageProblemAnswers(
          'file_deleted',
          'file_expired',
          'infected',
          'downloads_exhausted',
          'unavailable',
          ...linkProblems,
        ),
      },
    },
  },
  '/api/v1/links/{token}': orArchive(
    linkDownloads('what is shared by a link', tokenParameter, { get: 'downloadLink', head: 'headLink' }),
  ),
  '/api/v1/links/{token}/files/{uid}': linkDownloads(
    'one of the files of a link',
    fileParameters,
    { get: 'downloadLinkedFile', head: 'headLinkedFile' },
    ['invalid_uid'],
  ),
  '/api/v1/links/{token}/{name}': orArchive(
    linkDownloads(
      'what is shared by a link, under an address that ends in a name',
      tokenParameter.extend(nameParameter),
      {
        get: 'downloadNamedLink',
        head: 'headNamedLink',
      },
    ),
  ),
  '/api/v1/links/{token}/unlock': {
    post: {
      operationId: 'unlockLink',
      tags: ['links'],
      summary: 'Show the password of a link',
      description:
        'Sets a cookie for this link alone, for an hour. Ten tries in 15 minutes are judged of a link and a network; one that was right does not count. Programs send `Wharf-Link-Password` instead.',
      requestParams: { path: tokenParameter },
      requestBody: {
        content: { 'application/json': { schema: LinkUnlockingBody, example: { password: 'open sesame' } } },
      },
      responses: {
        204: { description: 'It is right, or the link has none', headers: answerHeaders('Referrer-Policy') },
        ...problemAnswers('invalid_request', 'unavailable', ...linkProblems),
      },
    },
  },
};
