import { open } from 'node:fs/promises';
import { type ObjectStore, objectStoreSettings, openObjectStore } from '@wharf/object-store';
import { loadConfig } from '@wharf/service-kit';
import { Client } from 'minio';
import { request } from 'undici';

export interface CopySource {
  endpoint: string;
  accessKey: string;
  secretKey: string;
  bucket: string;
  file: string;
  uid: string;
  sha256: string;
  sizeBytes: number;
}

const key = 'bench/copied';
const chunkBytes = 1024 * 1024;

/** Every way to copy the source: from the file to an object that the server has said to hold. */
export const copies: Record<string, (source: CopySource) => Promise<unknown>> = {
  fPutObject: ({ bucket, file, ...source }) => clientOf(source).fPutObject(bucket, key, file),
  wharf: copyByWharf,
  'presigned PUT': copyByPresignedPut,
};

export function clientOf({
  accessKey,
  endpoint,
  secretKey,
}: Pick<CopySource, 'accessKey' | 'endpoint' | 'secretKey'>): Client {
  const { hostname, port } = new URL(endpoint);
  return new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey,
    secretKey,
    region: 'us-east-1',
  });
}

let store: ObjectStore | undefined;

/** As cloud-sync does: in parts of the usual size, each verified, then the whole. */
async function copyByWharf({ accessKey, bucket, endpoint, file, secretKey, ...source }: CopySource): Promise<void> {
  const access = { S3_ENDPOINT_URL: endpoint, S3_ACCESS_KEY: accessKey, S3_SECRET_KEY: secretKey, S3_BUCKET: bucket };
  store ??= await openObjectStore(loadConfig(objectStoreSettings, access));
  await store.put(store.keyFor(source.uid), { ...source, path: file, contentType: 'application/octet-stream' });
}

/** One request with the file as it is read, by undici; nothing is verified. */
async function copyByPresignedPut({ bucket, file, sizeBytes, ...source }: CopySource): Promise<void> {
  const url = await clientOf(source).presignedPutObject(bucket, key);
  const headers = { 'content-length': String(sizeBytes) };
  const handle = await open(file);
  const body = handle.createReadStream({ highWaterMark: chunkBytes });
  const { body: answer, statusCode } = await request(url, { method: 'PUT', body, headers });
  await answer.dump();
  if (statusCode !== 200) throw new Error(`the presigned PUT was answered ${statusCode}`);
}
