import { objectStoreSettings } from '@wharf/object-store';
import { integer, setting, WordList } from '@wharf/service-kit';

export const bucketSettings = {
  ...objectStoreSettings,
  corsOrigins: setting('CORS_ORIGINS', WordList.prefault(''), 'Comma-separated origins whose pages may use the bucket'),
  expiryDays: setting(
    'S3_EXPIRY_DAYS',
    integer({ min: 1 }).optional(),
    'Days after which the store removes what was sent to it and not confirmed; empty for never',
  ),
};
