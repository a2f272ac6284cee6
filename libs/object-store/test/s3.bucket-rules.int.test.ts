import { randomUUIDv7 } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { S3Store } from '../src/s3.store.js';
import { TestBucket } from './s3-for-tests.js';

const bucket = new TestBucket();
const store = new S3Store(bucket.options);
const address = `${bucket.options.endpointUrl}/${bucket.bucket}`;
const page = 'https://app.example.org';

beforeAll(() => store.prepare());
afterAll(async () => {
  await store.close();
  await bucket.destroy();
});

const anonymously = async (key: string) => (await fetch(`${address}/${key}`)).status;

async function preflight(origin: string): Promise<string | null> {
  const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' };
  const answer = await fetch(address, { method: 'OPTIONS', headers });
  return answer.headers.get('Access-Control-Allow-Origin');
}

test('pages of the named origins may use the bucket, and nobody reads it unless told', async () => {
  const [file, pending] = [`files/aa/bb/${randomUUIDv7()}`, `pending/${randomUUIDv7()}`];
  for (const key of [file, pending]) await bucket.putForeign(key, 'hello');
  const rules = { corsOrigins: [page], expiryDays: 3, isPublic: false };
  await store.setBucketRules(rules);
  await store.setBucketRules(rules);
  expect(await preflight(page)).toBe(page);
  expect(await preflight('https://other.example.org')).toBeNull();
  expect([await anonymously(file), await anonymously(pending)]).toEqual([403, 403]);
  expect(await bucket.lifecycleRules()).toEqual(['wharf-pending', 'wharf-unfinished']);

  await store.setBucketRules({ corsOrigins: [], expiryDays: undefined, isPublic: true });
  expect(await preflight(page)).toBeNull();
  expect([await anonymously(file), await anonymously(pending)]).toEqual([200, 403]);
  expect(await bucket.lifecycleRules()).toEqual(['wharf-unfinished']);

  await store.setBucketRules(rules);
  expect(await anonymously(file)).toBe(403);
}, 30_000);

test('rules of others stay', async () => {
  await bucket.addLifecycleRule('theirs');
  await store.setBucketRules({ corsOrigins: [], expiryDays: 3, isPublic: false });
  expect(await bucket.lifecycleRules()).toEqual(['theirs', 'wharf-pending', 'wharf-unfinished']);
}, 30_000);
