import type { ErrorCode } from '@wharf/contracts';
import { AppError } from '@wharf/service-kit';
import type { ZodOpenApiResponseObject } from 'zod-openapi';
import { problemOf, statusOf, titleOf } from '../http/problem.js';
import { exampleUid } from './examples.js';
import { answerHeaders, type ResponseHeader } from './headers.openapi.js';

/** What every code means to a caller. */
const meanings: Record<ErrorCode, string> = {
  invalid_request: 'something in the request is not valid; `errors` names the fields',
  invalid_uid: 'a uid is a lower-case UUIDv7',
  missing_file: 'the form has no file',
  too_many_files: 'the form has more than one file',
  incomplete_body: 'the body ended early',
  digest_mismatch: 'the bytes that arrived are not those that the digest speaks of; nothing was stored',
  unauthenticated: 'there are no credentials, or they are not valid (any more)',
  password_required: 'this needs its password, or another one than was shown',
  forbidden:
    'the credentials do not permit this: a scope is missing; or a page of another origin asks, which `CORS_ORIGINS` does not name',
  file_not_found: 'there is no such file',
  link_not_found: 'there is no such link',
  request_not_found: 'there is no such file request',
  user_not_found: 'there is no such user',
  dead_letter_not_found: 'there is no such dead letter: it was given back, removed, or dropped by the stream',
  audit_not_found: 'there is no report of such an audit',
  route_not_found: 'there is no such route',
  method_not_allowed: 'the route does not take this method',
  not_acceptable: 'no representation that the caller accepts',
  upload_missing: 'the bytes have not arrived yet',
  offset_mismatch: 'the upload has another offset: ask for it and go on from there',
  conflict: 'the state of the file does not permit this',
  idempotency_in_progress: 'the first request under this key is still running',
  file_deleted: 'the file was deleted',
  file_expired: 'the time of the file has passed',
  downloads_exhausted: 'the file had its last permitted download',
  object_archived: 'the only copy is in an archive class of the object store and has to be restored there first',
  link_revoked: 'the link was revoked',
  link_expired: 'the time of the link has passed',
  request_closed: 'the file request was closed',
  request_expired: 'the time of the file request has passed',
  length_required: 'an upload by HTTP/1.0 needs a `Content-Length`',
  precondition_failed: 'the file is not the one that the request is about',
  file_too_large: 'the file is larger than the limit, which `detail` names',
  content_type_not_allowed: 'files of this type are not taken here',
  unsupported_encoding: 'the body has a `Content-Encoding`: files are taken as they are, without one',
  infected: 'the file is infected and not served',
  idempotency_mismatch: 'another request was made under this key',
  range_not_satisfiable: 'the range lies outside of the file',
  misdirected_request: 'the host of the request is not among `ALLOWED_HOSTS`',
  upload_locked: 'another request writes to this upload at the moment; ask again',
  checksum_mismatch: 'the bytes that arrived are not those of `Upload-Checksum`; none of them was kept',
  scan_pending: 'the file has not been scanned yet',
  rate_limited: 'too much at a time from one caller or address; try again later',
  unavailable: 'something that the answer needs is away, or all downloads that are left are under way; ask again',
  insufficient_storage: 'the volume is full',
  quota_exceeded: 'less is left of the quota of the owner than the file takes',
  request_full: 'as many files or bytes as the file request takes came, or are on their way',
  unsupported_transfer_coding: 'the only transfer coding that is taken is `chunked`',
  internal: 'something unexpected, which the request id finds in the logs',
};

/** With which whoever delivers by a file request may be refused, beside what refuses uploads. */
export const deliveryProblems = [
  'unauthenticated',
  'password_required',
  'request_not_found',
  'request_closed',
  'request_expired',
] as const satisfies ErrorCode[];

const codeHeaders: Partial<Record<ErrorCode, ResponseHeader>> = {
  idempotency_in_progress: 'Retry-After',
  range_not_satisfiable: 'Content-Range',
  unauthenticated: 'WWW-Authenticate',
  password_required: 'WWW-Authenticate',
  rate_limited: 'Retry-After',
  unavailable: 'Retry-After',
  unsupported_encoding: 'Accept-Encoding',
};

/** The error answers of an operation by status, each with the codes that it may have. */
export function problemAnswers(...codes: ErrorCode[]): Record<number, ZodOpenApiResponseObject> {
  const byStatus = Map.groupBy(codes, statusOf);
  return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [status, problemAnswer(status, ofStatus)]));
}

/** The same where people are answered with the page, which says why. */
export function pageProblemAnswers(...codes: ErrorCode[]): Record<number, ZodOpenApiResponseObject> {
  const page = { 'text/html': { schema: { type: 'string' as const } } };
  const answers = Object.entries(problemAnswers(...codes));
  return Object.fromEntries(
    answers.map(([status, answer]) => [status, { ...answer, content: { ...answer.content, ...page } }]),
  );
}

/** The same for answers without a body. */
export function bodilessProblemAnswers(...codes: ErrorCode[]): Record<number, ZodOpenApiResponseObject> {
  const answers = Object.entries(problemAnswers(...codes));
  return Object.fromEntries(answers.map(([status, { content: _, ...answer }]) => [status, answer]));
}

function problemAnswer(status: number, codes: ErrorCode[]): ZodOpenApiResponseObject {
  return {
    description: [titleOf(status), ...codes.map((code) => `- \`${code}\`: ${meanings[code]}`)].join('\n'),
    headers: answerHeaders(...headersOf(codes)),
    content: {
      'application/problem+json': {
        schema: {
          allOf: [
            { $ref: '#/components/schemas/Problem' },
            { properties: { status: { const: status }, code: { enum: codes } } },
          ],
        },
        examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
      },
    },
  };
}

/** When to come again is promised for a status only where all of its codes pass by themselves. */
function headersOf(codes: ErrorCode[]): ResponseHeader[] {
  const headers = codes.flatMap((code) => codeHeaders[code] ?? []);
  const isShared = (header: ResponseHeader) => codes.every((code) => codeHeaders[code] === header);
  return headers.filter((header) => header !== 'Retry-After' || isShared(header));
}

function exampleOf(code: ErrorCode) {
  return problemOf(new AppError(code, meanings[code]), { target: `/api/v1/files/${exampleUid}`, requestId: 'call-1' });
}
