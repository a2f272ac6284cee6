export { type AdvisoryLock, tryAdvisoryLock } from './advisory-lock.js';
export { loadDatabase, requireEmptyDatabase } from './backup/load-database.js';
export { isMigrated, type SavedDatabase, saveDatabase } from './backup/save-database.js';
export type { DatabaseDefinition } from './database-definition.js';
export { inOneStatement, inTransaction } from './in-transaction.js';
export { applyMigrations, migrateUntilDone } from './migrate.js';
export { openDatabase, promptLimits } from './open-database.js';
export { prepared, run, type Statement, statement } from './statement.js';
