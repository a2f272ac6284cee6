import aws4 from 'aws4';
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

interface SignedAnswer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
}

/**
 * A small request for one object, signed by aws4 and made by undici: there is one for each small file that is copied or confirmed, and the
 * minio client takes half as much time again. Throws what undici says; an answer of any status is given back.
 */
export async function signedRequest(
  { bucket, credentials, dispatcher, endpoint, region }: S3Connection,
  { body, headers, key, method, query, signal }: SignedRequest,
): Promise<SignedAnswer> {
  const search = query ? `?${new URLSearchParams(query)}` : '';
  const signed = {
    ...{ service: 's3', region, method, host: endpoint.host, path: `/${bucket}/${encodePath(key)}${search}` },
    headers: { ...headers },
  };
  aws4.sign(signed, credentials);
  const answer = await dispatcher.request({
    ...{ origin: endpoint.origin, method, path: signed.path, headers: signed.headers },
    body: body ?? null,
    signal: signal ?? null,
    // undici closes a connection after HEAD, in case that a server sends a body all the same.
    reset: false,
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** As S3 encodes keys: RFC 3986, and slashes as they are. */
export function encodePath(key: string): string {
  return encodeURIComponent(key)
    .replaceAll('%2F', '/')
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
