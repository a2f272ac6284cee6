import { randomUUID } from 'node:crypto';
import { testServer } from '@wharf/test-kit';
import { Client } from 'minio';
import type { S3Options } from '../src/s3.connection.js';

/** A bucket on the server that the environment names; one of its own for a test file unless told. */
export class TestBucket {
  readonly options: S3Options;
  readonly #client: Client;

  readonly bucket: string;

  constructor(bucket = `wharf-test-${randomUUID()}`) {
    this.bucket = bucket;
    this.options = {
      endpointUrl: testServer('WHARF_TEST_S3_ENDPOINT'),
      accessKey: testServer('WHARF_TEST_S3_ACCESS_KEY'),
      secretKey: testServer('WHARF_TEST_S3_SECRET_KEY'),
      bucket,
      region: 'us-east-1',
      partSizeBytes: 5 * 1024 * 1024,
    };
    const { hostname, port, protocol } = new URL(this.options.endpointUrl);
    this.#client = new Client({
      endPoint: hostname,
      port: port ? Number(port) : protocol === 'https:' ? 443 : 80,
      useSSL: protocol === 'https:',
      accessKey: this.options.accessKey,
      secretKey: this.options.secretKey,
      region: this.options.region,
    });
  }

  async unfinishedUploads(): Promise<string[]> {
    return (await this.#client.listIncompleteUploads(this.bucket, '', true).toArray()).map((upload) => upload.key);
  }

  contentType(key: string): Promise<string> {
    return this.#client.statObject(this.bucket, key).then(({ metaData }) => metaData['content-type']);
  }

  async putForeign(key: string, text: string | Buffer, metadata: Record<string, string> = {}): Promise<void> {
    await this.#client.putObject(this.bucket, key, text, undefined, metadata);
  }

  async lifecycleRules(): Promise<string[]> {
    const { Rule } = (await this.#client.getBucketLifecycle(this.bucket)) as {
      Rule: { ID: string } | { ID: string }[];
    };
    return [Rule]
      .flat()
      .map(({ ID }) => ID)
      .sort();
  }

  /** Beside those that are there. */
  async addLifecycleRule(name: string): Promise<void> {
    const { Rule } = (await this.#client.getBucketLifecycle(this.bucket)) as unknown as { Rule: object };
    const rule = { ID: name, Status: 'Enabled', Filter: { Prefix: 'theirs/' }, Expiration: { Days: 9 } };
    await this.#client.setBucketLifecycle(this.bucket, { Rule: [...[Rule].flat(), rule] } as never);
  }

  /** Begins a multipart upload and sends `parts` parts of it. */
  async beginUpload(key: string, parts = 0): Promise<string> {
    const uploadId = await this.#client.initiateNewMultipartUpload(this.bucket, key, {});
    for (let part = 1; part <= parts; part++) await this.sendPart(key, uploadId, part);
    return uploadId;
  }

  async sendPart(key: string, uploadId: string, partNumber: number): Promise<void> {
    const query = { partNumber: String(partNumber), uploadId };
    const address = await this.#client.presignedUrl('PUT', this.bucket, key, 60, query);
    const answer = await fetch(address, { method: 'PUT', body: 'a part' });
    if (!answer.ok) throw new Error(`the part was answered ${answer.status}`);
  }

  async destroy(): Promise<void> {
    const objects = await this.#client.listObjectsV2(this.bucket, '', true).toArray();
    for (const { name } of objects) await this.#client.removeObject(this.bucket, name);
    for (const key of await this.unfinishedUploads()) await this.#client.removeIncompleteUpload(this.bucket, key);
    await this.#client.removeBucket(this.bucket);
  }
}
