/** A resource as a plugin declares it: a table of facts, rules of its own, and what the engine gives back. */
import type { Call, Encoded, Principal, Reply, Streamed } from '@palestra/core';
import type { Scalar, Unit } from '../database/types.js';

export type Item = Record<string, unknown>;

/** How a field's value on the wire becomes columns, and back; see `kinds.ts`. */
export type FieldKind = 'text' | 'texts' | 'integer' | 'instant' | 'json' | 'reference' | 'point' | 'money';

export interface Kind {
  /** Column values for a wire value that is not null, in the order of the field's columns. */
  encode(value: unknown): readonly Scalar[];
  /** The wire value of columns that are not null. */
  decode(columns: readonly unknown[]): unknown;
  /** Its JSON text, without the value in between. */
  json(first: unknown, second: unknown): string;
  /** Whether `value` can be compared with this kind by `equals`. */
  accepts(value: unknown): boolean;
  /** In messages: what `equals` takes. */
  readonly takes: string;
  /** The text that `contains` searches; undefined for a kind without text. */
  readonly foldedText?: (value: unknown) => string;
}

export interface Field {
  /** One by name, or a plugin's own. */
  readonly kind: FieldKind | Kind;
  /** One column; two for `point` (longitude, latitude) and `money` (amount, currency). */
  readonly columns: readonly string[];
  /** `text` and `texts`: the column that holds the folded text, for `contains`. */
  readonly folded?: string;
  /** Has an index of its own, so that `equals` on it does not scan. */
  readonly indexed?: true;
  /** Shown, never taken from a caller. */
  readonly readOnly?: true;
}

export interface ResourceFacts {
  /** In messages: `name is required for creating Gym`. */
  readonly type: string;
  /** Has the columns `id`, `created_at` and `updated_at` besides those of `fields`. */
  readonly table: string;
  /** Name of the component schema with the fields a caller may send, none of them required. */
  readonly schema: string;
  /** By wire name, in the order of the answer; `_id`, `createdDate` and `updatedDate` are added. */
  readonly fields: Readonly<Record<string, Field>>;
  readonly required: readonly string[];
  /** What a create has where the caller sent nothing; null unless told. */
  readonly defaults?: Readonly<Record<string, unknown>>;
  /** Never emptied as a whole: the others could not be without it. */
  readonly lasting?: true;
  /** The unique index whose violation is "Resource exists with name …", and the field it names. */
  readonly unique?: { readonly index: string; readonly field: string };
}

/** A row is readable if one of these fields has the value beside it, as the wire shows it. */
export type Readable = readonly (readonly [field: string, value: unknown])[];

export interface ViewFacts {
  /** Wire names of the fields it shows. */
  readonly fields: readonly string[];
  /** Wire names of the text fields that a keyword is looked for in; one of them must have it. */
  readonly keyword: readonly string[];
}

export interface ViewQuery {
  /** A literal, case-insensitive substring. */
  readonly keyword?: string | undefined;
  /** Wire values that fields must equal. */
  readonly equals?: Readonly<Record<string, unknown>>;
  /** At most so many; 0 or undefined for all. */
  readonly find?: number | undefined;
  /** Behind this id. */
  readonly after?: number | undefined;
}

export interface View<Shown extends object> {
  /** In order of `_id`. */
  list(query: ViewQuery): Promise<Shown[] | Streamed<Shown>>;
  chunks(query: ViewQuery): AsyncGenerator<Shown[], void>;
}

/** What a plugin knows that facts cannot say: who owns what, and what refers to what. Each may throw. */
export interface ResourceRules<Shown extends object> {
  /** The rows that a caller may read; undefined for all. What it may not read does not exist for it. */
  readable?(principal: Principal): Promise<Readable | undefined>;
  /** Adds what is in other tables to a chunk of resources, in place; in `unit`, if it is read there. */
  complete?(items: Shown[], unit?: Unit): Promise<void>;
  /** Before an insert: the input with what the caller does not decide, such as the owner. */
  create?(input: Item, principal: Principal): Item | Promise<Item>;
  /** Before an update of `current`: the fields to change. */
  update?(current: Shown, change: Item, principal: Principal): Item | Promise<Item>;
  /** Before a delete. */
  remove?(current: Shown, principal: Principal): void | Promise<void>;
}

/** As an object, or as the text its row became. */
export type Answer<Shown> = Shown | Encoded<Shown>;

/** The handlers of one resource, for a plugin to name by its operation ids. */
export interface Resource<Shown extends object> {
  operate(
    request: { readonly body: unknown },
    call: Call,
  ): Promise<Answer<Shown> | Answer<Shown>[] | Streamed<Answer<Shown>> | Reply<Answer<Shown>>>;
  list(
    request: { readonly query: { find?: number; after?: string } },
    call?: Caller,
  ): Promise<Answer<Shown>[] | Streamed<Answer<Shown>>>;
  get(request: { readonly params: { id: string } }, call?: Caller): Promise<Answer<Shown>>;
  remove(request: { readonly params: { id: string } }, call: Call): Promise<Record<string, never>>;
  /** One by its integer id, as the wire shows it; for a plugin's own service. */
  find(id: number, unit?: Unit): Promise<Shown | undefined>;
  /** The same rows through fewer fields. */
  view<Part extends object>(facts: ViewFacts): View<Part>;
}

/** Who reads; a guest unless told, which matters where the rules have `readable`. */
export type Caller = Pick<Call, 'principal'>;
