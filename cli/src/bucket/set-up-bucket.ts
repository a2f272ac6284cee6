import { checkObjectStore, openObjectStore } from '@wharf/object-store';
import { AppError, type Environment, loadConfig } from '@wharf/service-kit';
import { bucketSettings } from './settings.js';

/** Throws `invalid_request` for a store that has no such rules. */
export async function setUpBucket(
  environment: Environment,
  { isJson, isPublic }: { isPublic: boolean; isJson: boolean },
): Promise<void> {
  const { corsOrigins, expiryDays, ...config } = loadConfig(bucketSettings, environment, checkObjectStore);
  const store = await openObjectStore(config);
  try {
    if (!store.setBucketRules) throw new AppError('invalid_request', `${store.description} has no rules to be set`);
    await store.prepare();
    await store.setBucketRules({ corsOrigins, expiryDays, isPublic });
    const told = isJson
      ? JSON.stringify({ store: store.description, public_read: isPublic })
      : `${store.description} is set up`;
    process.stdout.write(`${told}\n`);
  } finally {
    await store.close();
  }
}
