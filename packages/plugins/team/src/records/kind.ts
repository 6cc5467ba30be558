/** What a kind of record is: its table, its fields and what they refer to, as facts. */
import type { Call } from '@palestra/core';
import type { Row, Scalar, Unit } from '@palestra/server';

/** What an id must name. */
export interface Target {
  /** As messages call it: `Country not found`. */
  readonly name: string;
  exists(id: number): Promise<boolean>;
}

export interface Field {
  readonly column: string;
  /** Where the field holds an id. */
  readonly target?: Target;
}

/** A record by its columns, on its way in. */
export type Columns = Readonly<Record<string, Scalar>>;

export interface Writing {
  readonly call: Call;
  readonly unit: Unit;
}

export interface RecordKind<Shown> {
  /** As messages call it. */
  readonly name: string;
  readonly table: string;
  /** By the name a caller sends. */
  readonly fields: Readonly<Record<string, Field>>;
  /** Columns of other tables, as `alias: table.column`. */
  readonly joined?: Readonly<Record<string, string>>;
  /** Tables to join, each by the column that holds its id. */
  readonly joins?: Readonly<Record<string, string>>;
  /** What a second one of its kind is told, by the index it meets. */
  readonly duplicates?: Readonly<Record<string, string>>;
  show(rows: readonly Row[]): Shown[] | Promise<Shown[]>;
  /**
   * Who may, and what must agree, before `after` is written (undefined: before `current` is deleted).
   * @throws PalestraError
   */
  check?(current: Columns | undefined, after: Columns | undefined, writing: Writing): Promise<void>;
  /** What follows from a write, in its transaction. */
  written?(after: Columns, writing: Writing): Promise<void>;
}
