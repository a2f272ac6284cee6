import { Email, Password } from '@wharf/contracts';
import { databaseSettings } from '@wharf/database/settings';
import { type ConfigOf, Duration, healthSettings, setting, sharedSettings, tokenSettings } from '@wharf/service-kit';
import { z } from 'zod';

const shortestRotationMs = 3_600_000;

export const accountsSettings = {
  ...sharedSettings,
  ...healthSettings(8084),
  ...databaseSettings,
  ...tokenSettings,
  registration: setting(
    'REGISTRATION',
    z.enum(['closed', 'open']).prefault('closed'),
    'open: everybody may become a user; closed: users are made by wharf users add',
  ),
  adminEmail: setting(
    'ADMIN_EMAIL',
    Email.optional(),
    'Address of an admin who is made at the start where nobody has it; one who is there is left alone',
  ),
  adminPassword: setting(
    'ADMIN_PASSWORD',
    Password.optional(),
    'Password of ADMIN_EMAIL, of at least 8 characters; it counts only while nobody has that address',
    { secret: true },
  ),
  signingKeyRotationMs: setting(
    'SIGNING_KEY_ROTATION',
    Duration.refine((ms) => ms >= shortestRotationMs, 'must be 1h or more').prefault('30d'),
    'How long a key signs access tokens before the next one does',
  ),
};

export type Config = ConfigOf<typeof accountsSettings>;

export function checkAccounts(config: Partial<Config>): string[] {
  // One that is not valid is missing, and told of already.
  if (!('adminEmail' in config && 'adminPassword' in config)) return [];
  if ((config.adminEmail === undefined) === (config.adminPassword === undefined)) return [];
  return ['ADMIN_EMAIL, ADMIN_PASSWORD: neither of them says anything without the other'];
}
