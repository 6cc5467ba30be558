/**
 * What tables are called in the database: with `tablePrefix`, each begins with it, and so do indexes, constraints and
 * triggers. Everything else in this server, plugins included, uses the names without it: they are replaced in the SQL
 * where knex hands it over (`nameTables`), and on connections that take SQL by hand (`named-connection.ts`).
 */
import type { Migration } from '@palestra/core';
import type { Knex } from 'knex';
import { foreignKeyName } from './dialect.js';
import { renameTables } from './rename-tables.js';
import { textIndexTables } from './text-index.js';

export const ledgerTable = 'palestra_migration';

const validPrefix = /^[a-z][a-z0-9_]{0,19}$/;
/** Of a name, in MySQL. */
const longestName = 64;
/** Texts of SQL, so that those made at each call do not fill memory. */
const maxKept = 2_000;

/** @throws TypeError for what cannot begin the name of a table on every database */
export function assertTablePrefix(prefix: string): void {
  if (validPrefix.test(prefix)) return;
  throw new TypeError(
    `${JSON.stringify(prefix)} cannot be a tablePrefix: use lower case letters, digits and _, at most 20 characters, the first a letter.`,
  );
}

export class TableNames {
  readonly prefix: string;
  readonly #dialect: 'sqlite' | 'mysql';
  readonly #tables = new Set<string>([ledgerTable]);
  /** Indexes of texts, whose tables no migration makes. */
  #derived: ReadonlySet<string> = new Set();
  readonly #kept = new Map<string, string>();

  constructor(prefix: string, dialect: 'sqlite' | 'mysql') {
    if (prefix !== '') assertTablePrefix(prefix);
    this.prefix = prefix;
    this.#dialect = dialect;
  }

  /**
   * From now on the tables that these migrations make are named with the prefix.
   * @throws TypeError where a name becomes too long, or that of another table
   */
  learn(migrations: readonly Migration[]): void {
    if (this.prefix === '') return;
    for (const table of migrations.flatMap(tablesMade)) this.#tables.add(table);
    const names = [...this.#tables, ...migrations.flatMap(objectsMade)];
    const tooLong = names.find((name) => this.physical(name).length > longestName);
    if (tooLong !== undefined) {
      throw new TypeError(
        `With the tablePrefix ${this.prefix}, ${this.physical(tooLong)} has more than ${longestName} characters. Use a shorter prefix.`,
      );
    }
    const taken = names.find((name) => this.#tables.has(this.physical(name)));
    if (taken !== undefined) {
      throw new TypeError(
        `With the tablePrefix ${this.prefix}, ${taken} would be named ${this.physical(taken)}, as another table is. Use another prefix.`,
      );
    }
    this.#derived = textIndexTables(this.#tables);
    this.#kept.clear();
  }

  #knows(name: string): boolean {
    return this.#tables.has(name) || this.#derived.has(name);
  }

  physical(name: string): string {
    return this.prefix + name;
  }

  /** Undefined for the name of something else. */
  logical(name: string): string | undefined {
    return name.startsWith(this.prefix) ? name.slice(this.prefix.length) : undefined;
  }

  /** The same SQL with the names that the database knows; applied twice, it changes nothing more. */
  sql(text: string): string {
    if (this.prefix === '') return text;
    const kept = this.#kept.get(text);
    if (kept !== undefined) return kept;
    const renamed = renameTables(text, this.#dialect, {
      table: (name) => (this.#knows(name.toLowerCase()) ? this.physical(name) : undefined),
      object: (name) => (name.startsWith(this.prefix) ? undefined : this.physical(name)),
    });
    if (this.#kept.size >= maxKept) this.#kept.clear();
    this.#kept.set(text, renamed);
    return renamed;
  }
}

const createdTable = /\bcreate\s+(?:table|view)\s+(?:if\s+not\s+exists\s+)?[`"]?([a-z_][a-z0-9_]*)/gi;

function tablesMade(migration: Migration): string[] {
  if ('createTable' in migration) return [migration.createTable.table];
  if (!('statement' in migration)) return [];
  const texts = [migration.statement.sqlite, migration.statement.mysql];
  return texts.flatMap((text) => [...text.matchAll(createdTable)].map((match) => (match[1] ?? '').toLowerCase()));
}

function objectsMade(migration: Migration): string[] {
  if ('createIndex' in migration) return [migration.createIndex.index.name];
  if ('addColumn' in migration) {
    const { table, name, foreignKey } = migration.addColumn;
    return foreignKey ? [foreignKeyName(table, name)] : [];
  }
  if (!('createTable' in migration)) return [];
  const { table, indexes = [], foreignKeys = [], checks = {} } = migration.createTable;
  return [
    ...indexes.map(({ name }) => name),
    ...foreignKeys.map(({ column }) => foreignKeyName(table, column)),
    ...Object.keys(checks),
  ];
}

const ofClient: unique symbol = Symbol('table names');

/** Of a knex made here: its SQL then has the names of the database. That of the app's own knex is not touched. */
export function nameTables(knex: Knex, names: TableNames): void {
  Object.assign(knex.client.config, { [ofClient]: names });
}

/**
 * Those of a client of knex. Its `positionBindings` is where they are put into SQL: knex calls it with every whole
 * statement, compiled or run, and with no part of one.
 */
export function tableNamesOf({ config }: { readonly config: object }): TableNames {
  const names: unknown = Reflect.get(config, ofClient);
  if (names instanceof TableNames) return names;
  throw new TypeError('This knex was not made by openDatabase.');
}
