import { integer, setting } from '@wharf/service-kit';
import { z } from 'zod';

/** An entry of its own: whoever only asks for the settings loads no driver. */
export const databaseSettings = {
  databaseUrl: setting(
    'DATABASE_URL',
    z
      .string('must be set, to a URL such as postgresql://user:password@host:5432/database')
      .regex(/^postgres(ql)?:\/\//, 'must be a URL such as postgresql://user:password@host:5432/database'),
    'Address of PostgreSQL, with user, password and database, such as postgresql://wharf:secret@127.0.0.1:5432/wharf; must be set',
    { secret: true },
  ),
  // Measured on metadata with 64 readers and 16 claims at once on 2 cores: from 5 on it makes no difference, 2 halve the claims. Batches and
  // shared reads need few; the rest is room for lists, sweeps and work that waits for a lock.
  dbPoolMax: setting(
    'DB_POOL_MAX',
    integer({ min: 1, max: 1000 }).prefault('10'),
    'Connections to PostgreSQL that one replica holds at most, beside one of its own (metadata: two)',
  ),
};
