/** What differs between the databases, as facts. */

export interface Dialect {
  readonly name: 'sqlite' | 'mysql';
  readonly product: 'SQLite' | 'MariaDB' | 'MySQL';
  /** As the database says it. */
  readonly version: string;
  /** Galera: writes certified between nodes, no named locks. */
  readonly cluster: boolean;
  readonly begin: string;
  /** Whether definitions roll back with the transaction around them. */
  readonly transactionalDefinitions: boolean;
  /** SQL type of a column; `length` is 0 where the type has none. */
  readonly columnTypes: Readonly<Record<keyof typeof sqliteColumnTypes, (length: number) => string>>;
  /** What follows the closing parenthesis of CREATE TABLE. */
  readonly tableOptions: string;
  readonly quoteText: (text: string) => string;
  /** The text that a statement is prepared with. */
  readonly prepared: (sql: string) => string;
}

const sqliteColumnTypes = {
  id: () => 'INTEGER PRIMARY KEY AUTOINCREMENT',
  integer: () => 'INTEGER',
  real: () => 'REAL',
  text: () => 'TEXT',
  longtext: () => 'TEXT',
  ascii: () => 'TEXT',
  json: () => 'TEXT',
  bytes: () => 'BLOB',
};

/** STRICT, or a column would take any type; AUTOINCREMENT, or the highest id would be reused after a delete. */
export function sqliteDialect(version: string): Dialect {
  return {
    name: 'sqlite',
    product: 'SQLite',
    version,
    cluster: false,
    begin: 'BEGIN IMMEDIATE',
    transactionalDefinitions: true,
    columnTypes: sqliteColumnTypes,
    tableOptions: 'STRICT',
    quoteText: (text) => `'${text.replaceAll("'", "''")}'`,
    // SQLite reads a bound LIMIT while planning, and so plans again at each run (7 µs); it does not read an expression.
    prepared: (sql) => sql.replace(/ limit \?$/i, ' limit ? + 0'),
  };
}

/**
 * Collations that compare by code point and do not pad: with `utf8mb4_bin`, 'a' = 'a '. MariaDB has the first,
 * MySQL 8.0.17 and TiDB the second.
 */
export const exactCollations = ['utf8mb4_nopad_bin', 'utf8mb4_0900_bin'] as const;

/** The comment of every table that a migration makes on MySQL. */
export const tableMark = 'palestra';

export interface MysqlFacts {
  readonly version: string;
  readonly cluster: boolean;
  readonly collation: (typeof exactCollations)[number];
}

/**
 * Charset and collation are said on every column, since servers differ in their defaults (MariaDB's is latin1).
 * `ascii` is utf8mb4 too: it takes the same bytes, and comparing a true ascii column with other text is error 1267.
 */
export function mysqlDialect({ version, cluster, collation }: MysqlFacts): Dialect {
  const exact = `CHARACTER SET utf8mb4 COLLATE ${collation}`;
  return {
    name: 'mysql',
    product: /mariadb/i.test(version) ? 'MariaDB' : 'MySQL',
    version,
    cluster,
    begin: 'START TRANSACTION',
    transactionalDefinitions: false,
    columnTypes: {
      id: () => 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
      integer: () => 'BIGINT',
      real: () => 'DOUBLE',
      text: (length) => `VARCHAR(${length}) ${exact}`,
      longtext: () => `LONGTEXT ${exact}`,
      ascii: (length) => `VARCHAR(${length}) ${exact}`,
      json: () => `LONGTEXT ${exact}`,
      bytes: (length) => `VARBINARY(${length})`,
    },
    tableOptions: `ENGINE=InnoDB ROW_FORMAT=DYNAMIC DEFAULT ${exact} COMMENT='${tableMark}'`,
    quoteText: (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
    prepared: (sql) => sql,
  };
}

/** A list of names of tables or columns. Every database takes backticks; names of migrations contain none. */
export function quoted(...names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

export function foreignKeyName(table: string, column: string): string {
  return `${table}_${column}_fk`;
}
