import { type ConfigOf, integer, setting } from '@wharf/service-kit';
import { z } from 'zod';

const mebibyte = 1024 * 1024;

/** Where an S3 server is: paths, queries and credentials have no place in it. */
const Origin = z.string().refine(isOrigin, 'must be an address such as https://s3.example.org:9000, without a path');
const DirectoryUrl = z.string().refine(isDirectoryUrl, 'must be the address of a folder, such as file:///srv/objects');

/** What every service reads that opens the object store; `checkObjectStore` judges them together. */
export const objectStoreSettings = {
  objectStoreUrl: setting(
    'OBJECT_STORE_URL',
    DirectoryUrl.optional(),
    'Folder that holds the objects (file:///path): a second disk or a NAS instead of S3',
  ),
  s3EndpointUrl: setting('S3_ENDPOINT_URL', Origin.optional(), 'Address of the S3 server; this or OBJECT_STORE_URL'),
  s3PublicUrl: setting(
    'S3_PUBLIC_URL',
    Origin.optional(),
    'Address of the S3 server as clients outside reach it; S3_ENDPOINT_URL unless set',
  ),
  s3AccessKey: setting('S3_ACCESS_KEY', z.string().optional(), 'Access key of the S3 server', { secret: true }),
  s3SecretKey: setting('S3_SECRET_KEY', z.string().optional(), 'Secret key of the S3 server', { secret: true }),
  s3Ca: setting(
    'S3_CA',
    z.string().optional(),
    'Certificates (PEM) of who may vouch for the S3 server, instead of those that Node trusts: a path or the content',
    { secret: true },
  ),
  s3Bucket: setting(
    'S3_BUCKET',
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be 3 to 63 lower-case letters, digits, dots and hyphens')
      .prefault('wharf'),
    'Bucket of the objects; it is created if it is missing',
  ),
  s3Region: setting('S3_REGION', z.string().prefault('us-east-1'), 'Region of the bucket'),
  s3PartSizeBytes: setting(
    'S3_PART_SIZE',
    integer({ min: 5 * mebibyte, max: 5 * 1024 * mebibyte }).prefault(String(64 * mebibyte)),
    'Bytes of a part of a large copy; parts grow where a file needs more than 10,000',
  ),
};

export type ObjectStoreConfig = ConfigOf<typeof objectStoreSettings>;

/**
 * What is wrong with the object store's settings as a whole, one line each; empty when nothing is.
 * No line carries a value.
 */
export function checkObjectStore(config: Partial<ObjectStoreConfig>): string[] {
  if (config.objectStoreUrl && config.s3EndpointUrl) {
    return ['OBJECT_STORE_URL, S3_ENDPOINT_URL: only one of them may be set'];
  }
  if (config.objectStoreUrl) return [];
  // Set, but not valid, which is said already.
  if (!('objectStoreUrl' in config && 's3EndpointUrl' in config)) return [];
  if (!config.s3EndpointUrl) return ['OBJECT_STORE_URL or S3_ENDPOINT_URL: one of them must be set'];
  const problems: string[] = [];
  if (!config.s3AccessKey) problems.push('S3_ACCESS_KEY: must be set beside S3_ENDPOINT_URL');
  if (!config.s3SecretKey) problems.push('S3_SECRET_KEY: must be set beside S3_ENDPOINT_URL');
  if (config.s3Ca && !config.s3EndpointUrl.startsWith('https:'))
    problems.push('S3_CA: S3_ENDPOINT_URL must begin with https:// beside it');
  return problems;
}

function isOrigin(text: string): boolean {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) return false;
  return url.pathname === '/' && !url.search && !url.hash && !url.username && !url.password;
}

function isDirectoryUrl(text: string): boolean {
  const url = URL.parse(text);
  return url?.protocol === 'file:' && url.host === '' && !url.search && !url.hash;
}
