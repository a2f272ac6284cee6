import aws4 from 'aws4';
import type { Dispatcher } from 'undici';
import type { S3Connection } from './s3.connection.js';

interface SignedRequest {
  method: 'HEAD' | 'GET' | 'PUT' | 'DELETE';
  /** Empty for the bucket itself. */
  key: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: Buffer;
  signal?: AbortSignal | undefined;
}

/** The answer, and its body before it was read. */
export type OpenAnswer = Dispatcher.ResponseData;

interface SignedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/**
 * A small request for one object, signed by aws4 and made by undici: there is one for each small file that is copied or confirmed, and the
 * minio client takes half as much time again. Throws what undici says; an answer of any status is given back.
 */
export async function signedRequest(connection: S3Connection, request: SignedRequest): Promise<SignedAnswer> {
  const answer = await openSigned(connection, request);
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** The same for a body that is no text. Read it, or destroy it. */
export function openSigned(
  { bucket, credentials, dispatcher, endpoint, region }: S3Connection,
  { body, headers, key, method, query, signal }: SignedRequest,
): Promise<OpenAnswer> {
  const search = query ? `?${new URLSearchParams(query)}` : '';
  const signed = {
    ...{ service: 's3', region, method, host: endpoint.host, path: `/${bucket}/${encodePath(key)}${search}` },
    headers: { ...headers },
  };
  aws4.sign(signed, credentials);
  return dispatcher.request({
    ...{ origin: endpoint.origin, method, path: signed.path, headers: signed.headers },
    body: body ?? null,
    signal: signal ?? null,
    // undici closes a connection after HEAD, in case that a server sends a body all the same.
    reset: false,
  });
}

/** As S3 encodes keys: RFC 3986, and slashes as they are. */
export function encodePath(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
