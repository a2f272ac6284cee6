import { fileURLToPath } from 'node:url';
import { ConfigError, pemOrFile } from '@wharf/service-kit';
import { DirectoryStore } from './directory.store.js';
import type { ObjectStore } from './object-store.js';
import { checkObjectStore, type ObjectStoreConfig } from './object-store.settings.js';

/**
 * The store that the configuration names. Nothing is contacted yet: `prepare` and `probe` do that.
 * The client of S3 is loaded only where it is used: it takes about 13 MB.
 * Throws ConfigError with everything that `checkObjectStore` finds, or for an `S3_CA` that cannot be read.
 */
export async function openObjectStore(config: ObjectStoreConfig): Promise<ObjectStore> {
  const problems = checkObjectStore(config);
  if (problems.length > 0) throw new ConfigError(problems);
  if (config.objectStoreUrl) return new DirectoryStore({ root: fileURLToPath(config.objectStoreUrl) });
  const { S3Store } = await import('./s3.store.js');
  return new S3Store({
    endpointUrl: config.s3EndpointUrl ?? '',
    publicUrl: config.s3PublicUrl,
    accessKey: config.s3AccessKey ?? '',
    secretKey: config.s3SecretKey ?? '',
    ca: config.s3Ca && pemOrFile('S3_CA', config.s3Ca),
    bucket: config.s3Bucket,
    region: config.s3Region,
    partSizeBytes: config.s3PartSizeBytes,
  });
}
