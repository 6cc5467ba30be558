/** How the data of an older system comes in: what a plugin says of each collection that `palestra import` reads. */
import type { Schema } from './document.js';
import type { Unit } from './unit.js';

/** One line of a collection's file. */
export interface ImportLine {
  /** Its id in the older system; empty where the rows of the collection have none. */
  readonly legacyId: string;
  /** Milliseconds since the epoch; the time of the import where the line has no `createdDate`. */
  readonly createdAt: number;
  /** All other members; those that name rows of other collections have the ids that these have here. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** Rows that are inserted together with those of other lines, at the end of their transaction. */
export interface ImportRows {
  /** Tables follow each other in the order in which they were first given a row, whose columns all their rows have. */
  add(table: string, row: Readonly<Record<string, string | number | null>>): void;
}

/**
 * Writes the line under `id`: by statements in `unit`, or, where a collection is large, by `rows`, which take a tenth of
 * the time. False if it was there already.
 */
export type WriteLine = (id: number, unit: Unit, rows: ImportRows) => Promise<boolean>;

export interface Importer {
  /** Name of its file, without `.jsonl`: `gyms`. */
  readonly collection: string;
  readonly table: string;
  /** False for rows without an id of their own, whose lines have no `legacyId`. */
  readonly hasId: boolean;
  /** Members that name rows of other tables by their `legacyId`, and the table of each. */
  readonly references: Readonly<Record<string, string>>;
  /** Of `fields`, once references are ids; it may refer to components of the document. */
  readonly schema: Schema;
  /**
   * What a dry run asks beside the schema: what is wrong with the fields alone. References have no ids there.
   * @throws PalestraError for a line that does not fit
   */
  check?(fields: Readonly<Record<string, unknown>>): void;
  /** Before the transaction; may do other I/O. @throws PalestraError for a line that does not fit */
  prepare(line: ImportLine): Promise<WriteLine>;
}
