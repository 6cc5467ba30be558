/** A resource's facts compiled once: codecs, columns, encoders and decoders that reading, writing and views share. */
import type { PalestraError } from '@palestra/core';
import type { Knex } from 'knex';
import type { TextIndex } from '../database/text-index.js';
import type { Row, Scalar, Tuple } from '../database/types.js';
import type { Codec, Item, ResourceFacts, UniqueFacts } from '../plugin/resource.js';

export interface PlannedField {
  readonly name: string;
  readonly codec: Codec;
  readonly columns: readonly string[];
  /** Holds the folded text, for `contains`. */
  readonly folded: string | undefined;
  /** Holds the number of the cell of a point. */
  readonly cell: string | undefined;
  readonly indexed: boolean;
  /** Shown for a row that is older than the column. */
  readonly absent: unknown;
}

/** Some fields of a row, read from a list of columns. */
export interface Shape {
  /** As they are selected; `id` comes first. */
  readonly columns: readonly string[];
  readonly decode: (tuple: Tuple) => Item;
  /** The same as JSON text: no object is built and no JSON column is parsed to be written again. */
  readonly encode: (tuple: Tuple) => string;
}

export interface Plan {
  readonly facts: ResourceFacts;
  readonly face: FaceRules;
  /** What a query can compare, by wire name: all that is stored. */
  readonly fields: ReadonlyMap<string, PlannedField>;
  /** What an answer shows; its columns hold the record too, where rules read it beside. */
  readonly shown: Shape;
  /** The record of a row of `shown.columns`. Only where rules need it there. */
  readonly recordOfShown: (tuple: Tuple) => Item;
  /** What is stored, with integer ids, from the table's own columns. */
  readonly record: Shape;
  /** Whether an answer takes rows of other tables. */
  readonly joined: boolean;
  /** Of the texts that `contains` searches; undefined where there is none. */
  readonly textIndex: TextIndex | undefined;
  /** What a create has where the caller sent nothing. */
  readonly defaults: Item;
  /** An input that means the default, as the default. */
  withoutEmpty(input: Item): Item;
  shape(names: readonly string[]): Shape;
  /** Selects columns, those of referred rows too. */
  select(knex: Knex, columns: readonly string[]): Knex.QueryBuilder;
  /** A column of the table in `where`, unambiguous beside joined tables. */
  qualified(column: string): string;
  /** Columns of the fields in `input`; null empties all columns of a field. */
  encode(input: Item): Record<string, Scalar>;
  tuple(row: Row, columns: readonly string[]): Tuple;
}

/** What the two faces of a resource do differently; see `faces.ts`. */
export interface FaceRules {
  readonly reference: Codec;
  /** Status of a create. */
  readonly created: number;
  /** Whether a create is in the audit whatever is configured. */
  readonly auditsCreates: boolean;
  /** An id in messages and in the audit. */
  showId(id: number): string;
  /** Where a field is in a request. */
  pointer(field: string): string;
  notFound(facts: ResourceFacts, id: string): PalestraError;
  /** For one that is there, but not for this caller. */
  hidden(facts: ResourceFacts, id: string): PalestraError;
  unknownReference(facts: ResourceFacts, field: string): PalestraError;
  stillReferred(facts: ResourceFacts, id: number, cause: unknown): PalestraError;
  duplicate(facts: ResourceFacts, unique: UniqueFacts, item: Item): PalestraError;
}

/** What a list or a query asks for; see `query.ts`. */
export interface Query {
  readonly conditions: readonly Condition[];
  /** At most so many; infinite for all. */
  readonly find: number;
  /** Behind this id; 0 from the beginning. */
  readonly after: number;
  /** Sent as one statement with others that are asked for in the same turn, also where rows are left out that it looks at. */
  readonly together?: boolean | undefined;
}

export type Qualifier = 'equals' | 'among' | 'contains';
/** What views ask besides: not after an instant, or after it; null is both. */
export type Bound = 'begun' | 'lasting';

export interface Condition {
  /** Of several fields one must meet it. */
  readonly fields: readonly PlannedField[];
  /** Tells shapes of SQL apart, together with the qualifier. */
  readonly name: string;
  readonly qualifier: Qualifier | Bound;
  /** One value for each column compared; empty for "is null". */
  readonly values: readonly Scalar[];
}
