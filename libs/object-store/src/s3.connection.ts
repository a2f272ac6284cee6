import { Client } from 'minio';
import { Agent } from 'undici';
import { type BoundedTransport, boundedTransport, connectTimeoutMs } from './s3.transport.js';

export interface S3Options {
  /** Origin of the S3 server as this process reaches it: `http://host:port`. */
  endpointUrl: string;
  /** Origin as clients outside reach it, for addresses that are handed out; `endpointUrl` unless told. */
  publicUrl?: string | undefined;
  accessKey: string;
  secretKey: string;
  /** PEM of who may vouch for a server of https; whom Node trusts unless given. */
  ca?: string | undefined;
  bucket: string;
  region: string;
  /** Size of a part of a multipart upload, at least 5 MiB; it grows for files that need more than 10,000 parts. */
  partSizeBytes: number;
  /** Largest object that is copied within the store by one request: 5 GiB, which is the limit of S3, unless told. */
  maxCopyBytes?: number;
  /** A server that moves no byte for this long is given up: 30 s unless told, since a loaded one may be slow to commit. */
  stallTimeoutMs?: number;
}

/** Both ways to one bucket: the minio client speaks S3, undici carries bytes over addresses that it presigned, and small requests. */
export interface S3Connection {
  client: Client;
  /** Signs addresses for clients outside; it makes no requests. */
  publicClient: Client;
  /** Origin of the server as clients outside reach it. */
  publicOrigin: string;
  dispatcher: Agent;
  endpoint: URL;
  credentials: { accessKeyId: string; secretAccessKey: string };
  region: string;
  bucket: string;
  close(): Promise<void>;
}

export function openConnection(options: S3Options): S3Connection {
  const endpoint = new URL(options.endpointUrl);
  const stallTimeoutMs = options.stallTimeoutMs ?? 30_000;
  const { ca } = options;
  const bounded = boundedTransport({ isSecure: endpoint.protocol === 'https:', ca, stallTimeoutMs });
  const client = clientOf(options, options.endpointUrl, bounded);
  const dispatcher = new Agent({
    connect: { timeout: connectTimeoutMs, ...(ca && { ca }) },
    // Both count from the last byte that moved, also while a body is being sent.
    headersTimeout: stallTimeoutMs,
    bodyTimeout: stallTimeoutMs,
    allowH2: false,
  });
  return {
    client,
    publicClient: options.publicUrl ? clientOf(options, options.publicUrl) : client,
    publicOrigin: new URL(options.publicUrl ?? options.endpointUrl).origin,
    dispatcher,
    endpoint,
    credentials: { accessKeyId: options.accessKey, secretAccessKey: options.secretKey },
    region: options.region,
    bucket: options.bucket,
    async close() {
      bounded.transportAgent.destroy();
      await dispatcher.destroy();
    },
  };
}

function clientOf(options: S3Options, origin: string, bounded?: BoundedTransport): Client {
  const { hostname, port, protocol } = new URL(origin);
  const secure = protocol === 'https:';
  return new Client({
    endPoint: hostname.replace(/^\[|\]$/g, ''),
    port: port ? Number(port) : secure ? 443 : 80,
    useSSL: secure,
    accessKey: options.accessKey,
    secretKey: options.secretKey,
    // With the region given the client never asks for it, and presigning needs no request.
    region: options.region,
    pathStyle: true,
    ...bounded,
  });
}
