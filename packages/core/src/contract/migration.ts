/** Migrations as data: the host renders them for each dialect, plans them, and can re-run each after a crash. */

interface ColumnBase {
  readonly nullable?: true;
}

export type Column =
  /** The integer primary key, made by the database and never used twice. */
  | { readonly type: 'id' }
  /** 64-bit; values on the wire stay within ±(2^53−1). Instants are integers: milliseconds since the epoch, UTC. */
  | ({ readonly type: 'integer'; readonly default?: number } & ColumnBase)
  | ({ readonly type: 'real' } & ColumnBase)
  /** Unicode compared by code point; `length` in characters. */
  | ({ readonly type: 'text'; readonly length: number; readonly default?: string } & ColumnBase)
  /** Text without an upper bound worth an index. */
  | ({ readonly type: 'longtext' } & ColumnBase)
  /** ASCII compared by byte: hashes, keys, codes. */
  | ({ readonly type: 'ascii'; readonly length: number; readonly default?: string } & ColumnBase)
  /** JSON as text; read back as it was written. */
  | ({ readonly type: 'json' } & ColumnBase)
  | ({ readonly type: 'bytes'; readonly length: number } & ColumnBase);

export interface Index {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique?: true;
}

export interface ForeignKey {
  readonly column: string;
  readonly references: { readonly table: string; readonly column: string };
  readonly onDelete?: 'cascade' | 'restrict' | 'set null';
}

export interface TableDefinition {
  readonly table: string;
  readonly columns: Readonly<Record<string, Column>>;
  /** Only where there is no `id` column. */
  readonly primaryKey?: readonly string[];
  readonly indexes?: readonly Index[];
  readonly foreignKeys?: readonly ForeignKey[];
  /** SQL expressions that hold for every row, by constraint name. */
  readonly checks?: Readonly<Record<string, string>>;
}

export interface AddedColumn {
  readonly table: string;
  readonly name: string;
  readonly column: Column;
  readonly foreignKey?: Omit<ForeignKey, 'column'>;
}

interface Named {
  /** Unique within the plugin, applied in list order; recorded in the plugin's own ledger. */
  readonly name: string;
  /**
   * The first version of the plugin that also runs on the tables after this step, such as `1.3.0`; `0.0.0` for every
   * version. Left out, a new table, column or index that is not unique and a wider column suit every version, and what
   * drops, tightens or is a `statement` only versions that know it: it is refused while others run.
   */
  readonly compatibleSince?: string;
}

export type Migration =
  | (Named & { readonly createTable: TableDefinition })
  | (Named & { readonly addColumn: AddedColumn })
  /** To a longer text, or to one without an upper bound: nothing that is there is lost. */
  | (Named & { readonly widenColumn: { readonly table: string; readonly name: string; readonly column: Column } })
  /** With what is in it. SQLite drops no column that an index or a foreign key has. */
  | (Named & { readonly dropColumn: { readonly table: string; readonly name: string } })
  | (Named & { readonly createIndex: { readonly table: string; readonly index: Index } })
  | (Named & { readonly dropIndex: { readonly table: string; readonly name: string } })
  /** One statement a dialect; it must bear being run twice, since MySQL's DDL does not roll back. */
  | (Named & { readonly statement: { readonly sqlite: string; readonly mysql: string } });
