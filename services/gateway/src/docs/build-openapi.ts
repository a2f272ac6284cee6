import { type ErrorCode, JsonValue, Problem } from '@wharf/contracts';
import { readVersion } from '@wharf/service-kit';
import { z } from 'zod';
import {
  createDocument,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathItemObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponseObject,
} from 'zod-openapi';
import { safeMethods } from '../http/refuse-foreign-pages.js';
import { accountPaths } from './accounts.openapi.js';
import { archivePaths } from './archives.openapi.js';
import { AttachmentAnswer, attachmentPaths } from './attachments.openapi.js';
import { downloadPaths } from './downloads.openapi.js';
import { eventPaths } from './events.openapi.js';
import { filePaths } from './files.openapi.js';
import { answerHeaders, RequestHeaders, responseHeaders } from './headers.openapi.js';
import { healthPaths } from './health.openapi.js';
import { linkPaths } from './links.openapi.js';
import { bodilessProblemAnswers, problemAnswers } from './problems.openapi.js';
import { FileChangesBody, FilePageAnswer, FileRecordAnswer } from './records.openapi.js';
import { referencePaths } from './reference.openapi.js';
import { requestPaths } from './requests.openapi.js';
import { resumablePaths } from './resumable.openapi.js';
import { refusalsOf, routeOf, securityOf, securitySchemes } from './security.openapi.js';
import { sharedLinkPaths } from './shared-links.openapi.js';
import { systemPaths } from './system.openapi.js';
import { tidySchema } from './tidy-schema.js';
import { uploadPaths } from './uploads.openapi.js';
import { userPaths } from './users.openapi.js';

const methods = ['options', 'get', 'head', 'post', 'put', 'patch', 'delete'] as const;

/** The HTTP API as OpenAPI 3.1, made of the schemas by which the gateway judges requests and answers. */
export function buildOpenApi(): ReturnType<typeof createDocument> {
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Wharf',
        version: readVersion(),
        description:
          'Takes files, makes them durable at once, and keeps them at one address. JSON is snake_case, times are RFC 3339 UTC, sizes are bytes. Errors are `application/problem+json` (RFC 9457) with a `code` that does not change.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'uploads' },
        { name: 'resumable', description: 'Resumable uploads, by tus 1.0 and by draft-ietf-httpbis-resumable-upload' },
        { name: 'downloads' },
        { name: 'files', description: 'The records of files' },
        { name: 'events', description: 'What becomes of files' },
        { name: 'attachments', description: 'Files that clients send straight to the object store' },
        { name: 'links', description: 'Addresses that need no other credentials' },
        { name: 'requests', description: 'Asking others for files' },
        { name: 'accounts', description: 'Logging in, sessions and API keys' },
        { name: 'users', description: 'For admins' },
        { name: 'system', description: 'For admins' },
        { name: 'health' },
        { name: 'reference' },
      ],
      paths: withWhatAllHave(
        mergePaths(
          uploadPaths,
          resumablePaths,
          downloadPaths,
          filePaths,
          eventPaths,
          linkPaths,
          sharedLinkPaths,
          archivePaths,
          requestPaths,
          attachmentPaths,
          accountPaths,
          userPaths,
          systemPaths,
          healthPaths,
          referencePaths,
        ),
      ),
      components: {
        securitySchemes,
        headers: responseHeaders,
        schemas: {
          FileRecord: FileRecordAnswer,
          FilePage: FilePageAnswer,
          FileChanges: FileChangesBody,
          Attachment: AttachmentAnswer,
          Problem,
          // Named, since it contains itself.
          JsonValue,
        },
      },
    },
    { override: tidySchema },
  );
}

/** One path may be described by several resources. */
function mergePaths(...described: ZodOpenApiPathsObject[]): ZodOpenApiPathsObject {
  const merged: ZodOpenApiPathsObject = {};
  for (const paths of described) {
    for (const [path, item] of Object.entries(paths)) merged[path] = { ...merged[path], ...item };
  }
  return merged;
}

/** The headers that every answer carries, and the problems that any operation may have. */
function withWhatAllHave(paths: ZodOpenApiPathsObject): ZodOpenApiPathsObject {
  return Object.fromEntries(
    Object.entries(paths).map(([path, item]: [string, ZodOpenApiPathItemObject]) => [
      path,
      Object.fromEntries(
        methods.flatMap((method) => (item[method] ? [[method, withCommonAnswers(path, method, item[method])]] : [])),
      ),
    ]),
  );
}

function withCommonAnswers(
  path: string,
  method: (typeof methods)[number],
  operation: ZodOpenApiOperationObject,
): ZodOpenApiOperationObject {
  const header = operation.requestParams?.header as typeof RequestHeaders | undefined;
  const problems = method === 'head' ? bodilessProblemAnswers : problemAnswers;
  const route = routeOf(method, path);
  const common = problems(...new Set([...commonProblems(path, method), ...refusalsOf(route)]));
  // The operation's own words come first: a code has one status, and the statuses of these have no other code.
  const responses = Object.entries({ ...common, ...operation.responses }).map(([status, answer]) => [
    status,
    withCommonHeaders(answer as ZodOpenApiResponseObject),
  ]);
  return {
    ...operation,
    security: securityOf(route.access),
    requestParams: {
      ...operation.requestParams,
      header: z.object({ ...header?.shape, ...RequestHeaders.pick({ 'X-Request-Id': true }).shape }),
    },
    responses: Object.fromEntries(responses),
  };
}

function commonProblems(path: string, method: (typeof methods)[number]): ErrorCode[] {
  const codes: ErrorCode[] = ['internal'];
  if (!path.startsWith('/health/')) codes.push('misdirected_request');
  if (!safeMethods.includes(method.toUpperCase())) codes.push('forbidden');
  return codes;
}

function withCommonHeaders(answer: ZodOpenApiResponseObject): ZodOpenApiResponseObject {
  const common = answerHeaders(
    'X-Request-Id',
    'Cache-Control',
    'X-Content-Type-Options',
    'RateLimit',
    'RateLimit-Policy',
  );
  return { ...answer, headers: { ...common, ...answer.headers } };
}
