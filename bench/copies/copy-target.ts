import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { Client } from 'minio';
import { startRadosgw } from '../../scripts/servers/radosgw.ts';
import { Content } from '../client/content.ts';
import type { Place } from '../system/place.ts';
import { placeContent } from '../system/place-content.ts';
import type { CopySource } from './copy-ways.ts';

const sizeBytes = 500_000_000;
const bucket = 'bench';

export interface CopyTarget {
  source: CopySource;
  pids: number[];
  stop(): Promise<void>;
}

/** An S3 server of its own, and a file to be copied to it. */
export async function openCopyTarget(place: Place): Promise<CopyTarget> {
  const server = await startRadosgw({ ...place, dir: path.join(place.dir, 's3') });
  const { accessKey, endpoint, port, secretKey } = server;
  const client = new Client({ endPoint: '127.0.0.1', port, useSSL: false, accessKey, secretKey });
  await client.makeBucket(bucket, 'us-east-1');
  const file = path.join(place.dir, 'copy-source');
  placeContent(file, { number: 0, sizeBytes });
  const { sha256 } = new Content(0, sizeBytes);
  const source = { endpoint, accessKey, secretKey, bucket, file, uid: randomUUID(), sha256, sizeBytes };
  return { source, pids: server.pids, stop: () => server.stop() };
}
