import { type ConfigOf, healthSettings, integer, setting, sharedSettings } from '@wharf/service-kit';
import { z } from 'zod';

export const metadataSettings = {
  ...sharedSettings,
  ...healthSettings(8081),
  databaseUrl: setting(
    'DATABASE_URL',
    z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgresql://user:password@host:5432/database')
      .prefault('postgresql://wharf:wharf@127.0.0.1:5432/wharf'),
    'Address of PostgreSQL, with user, password and database',
    { secret: true },
  ),
  dbPoolMax: setting(
    'DB_POOL_MAX',
    integer({ min: 1, max: 1000 }).prefault('10'),
    'Connections to PostgreSQL that one replica holds at most, beside one of its outbox',
  ),
};

export type Config = ConfigOf<typeof metadataSettings>;
