import { z } from 'zod';
import { documentFields } from './document-fields.js';
import {
  exampleDigest,
  exampleFutureTime,
  exampleHttpTime,
  exampleMd5,
  exampleSha256,
  exampleText,
  exampleUid,
} from './examples.js';

const text = z.string().optional();

/** Every header that the API reads, apart from Content-Type; cross-origin pages may send all of them. */
export const RequestHeaders = z.object(
  documentFields(
    {
      'X-Request-Id': text,
      'Idempotency-Key': text,
      'Content-Disposition': text,
      'Content-Digest': text,
      'Repr-Digest': text,
      'Content-MD5': text,
      'Last-Event-ID': text,
      Range: text,
      'If-Range': text,
      'If-Match': text,
      'If-None-Match': text,
      'If-Modified-Since': text,
      'If-Unmodified-Since': text,
      'Tus-Resumable': z.literal('1.0.0'),
      'Upload-Complete': z.enum(['?0', '?1']).optional(),
      'Upload-Draft-Interop-Version': text,
      'Upload-Length': text,
      'Upload-Defer-Length': text,
      'Upload-Offset': text,
      'Upload-Metadata': text,
      'Upload-Checksum': text,
      'X-HTTP-Method-Override': text,
      'Wharf-Link-Password': text,
    },
    {
      'X-Request-Id': { description: 'Finds the request in the logs; a new one unless given', example: 'call-1' },
      'Idempotency-Key': {
        description: 'The same request under the same key is carried out once, within 24 hours',
        example: '5f0c6a3e-upload-1',
      },
      'Content-Disposition': {
        description: 'Name of the file; `filename*` wins over `filename`, and both over the query',
        example: `attachment; filename="hello.txt"; filename*=UTF-8''hello.txt`,
      },
      'Content-Digest': {
        description:
          'Digest of the body by `sha-256` or `sha-512`, which has to be true (RFC 9530); in the trailer of a chunked body too',
        example: exampleDigest,
      },
      'Repr-Digest': {
        description: 'Digest of the file by `sha-256` or `sha-512`, which has to be true (RFC 9530)',
        example: exampleDigest,
      },
      'Content-MD5': { description: 'MD5 of the body, which has to be true (RFC 1864)', example: exampleMd5 },
      'Last-Event-ID': {
        description: 'The last event that the client has: the stream goes on behind it',
        example: exampleUid,
      },
      Range: { description: 'One range of bytes (RFC 9110 §14.2)', example: 'bytes=0-4' },
      'If-Range': {
        description: 'The range counts only while the file is this one; else the whole file is sent',
        example: `"${exampleSha256}"`,
      },
      'If-Match': { description: 'Else 412', example: `"${exampleSha256}"` },
      'If-None-Match': { description: 'Else 304', example: `"${'0'.repeat(64)}"` },
      'If-Modified-Since': { description: 'Else 304', example: exampleHttpTime },
      'If-Unmodified-Since': { description: 'Else 412', example: new Date(exampleFutureTime).toUTCString() },
      'Tus-Resumable': { description: 'The version of tus', example: '1.0.0' },
      'Upload-Complete': {
        description: 'Whether these are the last bytes of the file, or all (draft-ietf-httpbis-resumable-upload)',
        example: '?1',
      },
      'Upload-Draft-Interop-Version': {
        description: 'The version of the draft that the client speaks: then it is told by 104 that it can go on',
        example: '10',
      },
      'Upload-Length': { description: 'Bytes of the whole file', example: String(exampleText.length) },
      'Upload-Defer-Length': { description: '`1`: the length is said later, by a PATCH', example: '1' },
      'Upload-Offset': { description: 'Bytes that the upload has, as the client knows it', example: '0' },
      'Upload-Metadata': {
        description:
          'Keys, each with a value in Base64: `filename`, `filetype`, and the options of uploads such as `expires_in` or `metadata`',
        example: `filename ${Buffer.from('hello.txt').toString('base64')}`,
      },
      'Upload-Checksum': {
        description: 'Algorithm (`sha1`, `sha256`, `md5`) and digest in Base64 of the body, which has to be true',
        example: `md5 ${exampleMd5}`,
      },
      'X-HTTP-Method-Override': { description: 'The method that is meant: HEAD, PATCH or DELETE', example: 'HEAD' },
      'Wharf-Link-Password': { description: 'The password of a link, for programs', example: 'open sesame' },
    },
  ),
);

/** Every header that answers carry beyond those of HTTP itself; cross-origin pages may read all of them. */
export const responseHeaders = {
  'X-Request-Id': note('Finds the request in the logs', 'call-1', { isAlwaysThere: true }),
  Location: note('Where the file, or its bytes, are', `/api/v1/files/${exampleUid}`, { isAlwaysThere: true }),
  ETag: note('SHA-256 of the file, in quotes', `"${exampleSha256}"`, { isAlwaysThere: true }),
  'Last-Modified': note('When the upload was complete', exampleHttpTime),
  'Accept-Ranges': note('Ranges of bytes may be asked for', 'bytes'),
  'Content-Length': note('Bytes of the body', String(exampleText.length)),
  'Content-Range': note('The bytes that were sent, or the size of the file', `bytes 0-4/${exampleText.length}`, {
    isAlwaysThere: true,
  }),
  'Content-Disposition': note('The name of the file (RFC 6266, RFC 8187)', 'attachment; filename="hello.txt"'),
  'Repr-Digest': note('Digest of the whole file (RFC 9530)', exampleDigest),
  'Cache-Control': note('Who may keep the answer', 'private, no-cache', { isAlwaysThere: true }),
  'X-Content-Type-Options': note('The type is not to be guessed', 'nosniff', { isAlwaysThere: true }),
  'Content-Security-Policy': note('Browsers run nothing of the bytes', "sandbox; default-src 'none'", {
    isAlwaysThere: true,
  }),
  'Cross-Origin-Resource-Policy': note(
    'Pages of other origins embed the bytes by CORS only (`crossorigin`)',
    'same-origin',
    { isAlwaysThere: true },
  ),
  'X-Wharf-Source': note('Which copy was sent', 'local', { values: ['local', 'cloud'] }),
  'Idempotency-Replayed': note('The answer is that of an earlier request under this key', 'true', { values: ['true'] }),
  'Accept-Encoding': note('The content codings that an upload may have (RFC 9110 §12.5.3)', 'identity'),
  'WWW-Authenticate': note('How to show who one is (RFC 6750)', 'Bearer error="invalid_token"', {
    isAlwaysThere: true,
  }),
  RateLimit: note('What is left of the rate, and until it is whole', '"default";r=599;t=1'),
  'RateLimit-Policy': note('The rate of a caller, and its window in seconds', '"default";q=600;w=60'),
  'Tus-Resumable': note('The version of tus, to requests that speak it', '1.0.0'),
  'Tus-Version': note('The versions of tus that are spoken', '1.0.0'),
  'Tus-Extension': note('The extensions of tus that are there', 'creation,checksum,expiration'),
  'Tus-Max-Size': note('Bytes that a file may have at most', '524288000'),
  'Tus-Checksum-Algorithm': note('Of `Upload-Checksum`', 'sha1,sha256,md5'),
  'Upload-Complete': note('`?1`: the answer is about the file; `?0`: the upload goes on', '?1', {
    values: ['?0', '?1'],
  }),
  'Upload-Draft-Interop-Version': note('The version of the draft that both sides speak', '10'),
  'Upload-Offset': note('Durable bytes of the upload', String(exampleText.length), { isAlwaysThere: true }),
  'Upload-Length': note('Bytes of the whole file, once they are known', String(exampleText.length)),
  'Upload-Defer-Length': note('The length is not known yet', '1', { values: ['1'] }),
  'Upload-Metadata': note('As it was sent', `filename ${Buffer.from('hello.txt').toString('base64')}`),
  'Upload-Expires': note('Until when the upload waits for its client', exampleHttpTime),
  'Upload-Limit': note(
    'Bytes that a file may have, and that one request may append (draft-ietf-httpbis-resumable-upload)',
    'max-size=524288000, max-append-size=104857600',
    { isAlwaysThere: true },
  ),
  'Wharf-File': note('Where the file is that the upload has become', `/api/v1/files/${exampleUid}`),
  'Referrer-Policy': note('Pages do not tell others the address of a link', 'no-referrer', { isAlwaysThere: true }),
  'Retry-After': note('Seconds after which to ask again', '2', { isAlwaysThere: true }),
};

export type ResponseHeader = keyof typeof responseHeaders;

/** The headers of one answer, by reference. */
export function answerHeaders(...names: ResponseHeader[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function note(description: string, example: string, options: { isAlwaysThere?: boolean; values?: string[] } = {}) {
  return {
    description,
    ...(options.isAlwaysThere && { required: true }),
    schema: { type: 'string' as const, ...(options.values && { enum: options.values }) },
    example,
  };
}
