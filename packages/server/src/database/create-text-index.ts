/** The index of texts as the database has it. */
import { createMysqlTextIndex } from './mysql-text-index.js';
import { createSqliteTextIndex } from './sqlite-text-index.js';
import type { TextIndex } from './text-index.js';
import type { Database } from './types.js';

export function createTextIndex(database: Database, of: string, columns: readonly string[]): TextIndex {
  const create = database.dialect.name === 'sqlite' ? createSqliteTextIndex : createMysqlTextIndex;
  return create(database, of, columns);
}
