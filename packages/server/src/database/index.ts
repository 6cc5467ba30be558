/** The database as the rest of the server uses it. */

export type { MigrationSet } from './check-migrations.js';
export { assertDatabaseUrl, openDatabase } from './connect.js';
export type { Dialect } from './dialect.js';
export { type DatabaseFault, databaseFault, type FaultKind, isOutcomeUnknown } from './errors.js';
export { insertOnce, isDuplicate } from './insert-once.js';
export { type MigrateOptions, migrate, type PlannedMigration } from './migrate.js';
export { limited } from './statement.js';
export type {
  Database,
  DatabaseOptions,
  Intercept,
  Parameter,
  QueryFactory,
  Row,
  Scalar,
  Statement,
  Tuple,
  Unit,
  Values,
  Written,
} from './types.js';
