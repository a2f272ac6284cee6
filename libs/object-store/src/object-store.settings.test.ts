import { describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '@wharf/service-kit';
import { checkObjectStore, objectStoreSettings } from './object-store.settings.js';
import { openObjectStore } from './open-object-store.js';

const s3 = { S3_ENDPOINT_URL: 'http://s3:9000', S3_ACCESS_KEY: 'the-key', S3_SECRET_KEY: 'the-secret' };
const problemsOf = (environment: Record<string, string>) =>
  checkObjectStore(loadConfig(objectStoreSettings, environment));

describe('the choice of a store', () => {
  test.each([
    ['S3', s3],
    ['a folder', { OBJECT_STORE_URL: 'file:///srv/objects' }],
  ])('%s alone is complete', (_, environment) => {
    expect(problemsOf(environment)).toEqual([]);
  });

  test('none, or both, is a problem', () => {
    expect(problemsOf({})).toEqual([expect.stringContaining('OBJECT_STORE_URL or S3_ENDPOINT_URL')]);
    expect(problemsOf({ ...s3, OBJECT_STORE_URL: 'file:///srv' })).toEqual([expect.stringContaining('only one')]);
  });

  test('every missing key of S3 is reported', () => {
    expect(problemsOf({ S3_ENDPOINT_URL: 'http://s3:9000' })).toEqual([
      expect.stringContaining('S3_ACCESS_KEY'),
      expect.stringContaining('S3_SECRET_KEY'),
    ]);
  });

  test('opening without a choice is an error of the configuration', async () => {
    await expect(openObjectStore(loadConfig(objectStoreSettings, {}))).rejects.toThrow(ConfigError);
  });

  test('a store describes itself without secrets', async () => {
    const store = await openObjectStore(loadConfig(objectStoreSettings, s3));
    expect(store.description).toBe('S3 http://s3:9000/wharf');
    const folder = await openObjectStore(loadConfig(objectStoreSettings, { OBJECT_STORE_URL: 'file:///srv/o' }));
    expect(folder.description).toBe('folder /srv/o');
  });
});

describe('single settings', () => {
  test.each([
    ['S3_ENDPOINT_URL', 'http://user:the-secret@s3:9000'],
    ['S3_ENDPOINT_URL', 'http://s3:9000/the-secret'],
    ['S3_ENDPOINT_URL', 'the-secret'],
    ['OBJECT_STORE_URL', 'https://the-secret/'],
    ['OBJECT_STORE_URL', 'the-secret/folder'],
    ['S3_BUCKET', 'The-Secret'],
    ['S3_PART_SIZE', '5242879'],
  ])('%s=%s is refused, and not repeated', (name, value) => {
    let message = '';
    try {
      loadConfig(objectStoreSettings, { [name]: value });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain(name);
    expect(message).not.toMatch(/the-secret/i);
  });

  test.each([
    ['S3_ENDPOINT_URL', 'foo'],
    ['S3_ENDPOINT_URL', 's3.example.org:9000'],
    ['S3_ENDPOINT_URL', 'ftp://s3'],
    ['OBJECT_STORE_URL', '/srv/objects'],
    ['OBJECT_STORE_URL', 'file://host/share'],
  ])('%s=%s is the one problem that is told', (name, value) => {
    let problems: readonly string[] = [];
    try {
      loadConfig(objectStoreSettings, { [name]: value }, checkObjectStore);
    } catch (error) {
      if (error instanceof ConfigError) problems = error.problems;
    }
    expect(problems).toEqual([expect.stringMatching(`^${name}: must be`)]);
  });

  test('parts are 64 MiB unless told', () => {
    expect(loadConfig(objectStoreSettings, {})).toMatchObject({ s3PartSizeBytes: 67_108_864, s3Bucket: 'wharf' });
  });
});

test('a CA needs a server that shows a certificate, and a file that can be read', async () => {
  expect(problemsOf({ ...s3, S3_CA: '/ca.pem' })).toEqual([expect.stringMatching(/^S3_CA: .* https:/)]);
  const environment = { ...s3, S3_ENDPOINT_URL: 'https://s3:9000', S3_CA: '/nowhere/ca.pem' };
  expect(problemsOf(environment)).toEqual([]);
  await expect(openObjectStore(loadConfig(objectStoreSettings, environment))).rejects.toThrow(
    'S3_CA: the file cannot be read (ENOENT)',
  );
});
