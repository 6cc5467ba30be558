/** What goes into statements, and what comes back. */

/** What a column can hold on its way in; only validated scalars reach a query. */
export type Scalar = string | number | null | Uint8Array;
export type Values = Readonly<Record<string, Scalar>>;
export type Row = Record<string, unknown>;
export type Tuple = readonly unknown[];

export interface Written {
  /**
   * Rows that matched (mysql2 and SQLite alike), so a compare-and-swap that changed nothing must not match.
   * An upsert that updates counts 2 on MySQL, 1 on SQLite.
   */
  readonly affected: number;
  /** The generated `id` of an insert; without meaning after anything else. */
  readonly insertedId: number;
  /** Of an insert that ends with `RETURNING id` (MariaDB), in the order of its rows. */
  readonly insertedIds?: readonly number[];
}

export interface LastWriteOptions {
  /** Makes the error that the unit fails with if not one row is changed; without it, that is no failure. */
  readonly missing?: () => Error;
  /** Of an INSERT into a table with an `id`: told the new one, before the unit resolves. */
  readonly inserted?: (id: number) => void;
}
