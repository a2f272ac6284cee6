import type { MigrationObject, Options } from '@mikro-orm/postgresql';
import type { AdvisoryLock } from './advisory-lock.js';

/** What one service keeps in PostgreSQL. Several may share a database, each with a schema of its own. */
export interface DatabaseDefinition {
  /** What its sessions are called in `pg_stat_activity`. */
  applicationName: string;
  entities: NonNullable<Options['entities']>;
  /** In their order. */
  migrations: MigrationObject[];
  /** Held while a replica migrates. */
  migrationLock: AdvisoryLock;
  /** Where its tables stand, and the book of its migrations; where `search_path` says unless given. It is made where it is missing. */
  schema?: string;
}
