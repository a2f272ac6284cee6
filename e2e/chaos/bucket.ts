import { Client } from 'minio';

/** The bucket that services with this environment keep their objects in, as somebody beside Wharf sees it. */
export function openBucket(environment: Record<string, string>): { client: Client; bucket: string } {
  const { hostname, port } = new URL(String(environment.S3_ENDPOINT_URL));
  const client = new Client({
    endPoint: hostname,
    port: Number(port),
    useSSL: false,
    accessKey: String(environment.S3_ACCESS_KEY),
    secretKey: String(environment.S3_SECRET_KEY),
    region: 'us-east-1',
  });
  return { client, bucket: String(environment.S3_BUCKET) };
}
