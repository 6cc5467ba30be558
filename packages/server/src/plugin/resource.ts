/** A resource as a plugin sees it: the facts that `generate` makes of its description, rules, and what the engine gives. */
import type { Call, Encoded, Handlers, Importer, Principal, Reply, Streamed, TableDefinition } from '@palestra/core';
import type { Row, Scalar, Unit } from '../database/types.js';

export type Item = Record<string, unknown>;

/** The types of one resource; `generate` writes them beside its facts. */
export interface ResourceTypes {
  /** As an answer shows it. */
  shown: object;
  /** What a caller may send. */
  input: object;
  /** What is stored, by field, with integer ids. */
  record: object;
  /** The types of its operations, by `operationId`. */
  operations: object;
}

/** How a field's value on the wire becomes columns, and back; see `resource/codecs.ts`. */
export type FieldKind =
  | 'text'
  | 'texts'
  | 'integer'
  | 'real'
  | 'boolean'
  | 'instant'
  | 'json'
  | 'reference'
  | 'point'
  | 'money';

/** Between a value on the wire and its columns. */
export interface Codec {
  /** Column values for a wire value that is not null, in the order of the field's columns. */
  encode(value: unknown): readonly Scalar[];
  /** The wire value of columns that are not null. */
  decode(columns: readonly unknown[]): unknown;
  /** Its JSON text, without the value in between. */
  json(first: unknown, second: unknown): string;
  /** Whether `value` can be compared by `equals`. */
  accepts(value: unknown): boolean;
  /** In messages: what `equals` takes. */
  readonly takes: string;
  /** The text that `contains` searches; undefined for a kind without text. */
  readonly foldedText?: (value: unknown) => string;
}

export interface FieldFacts {
  /** One of `FieldKind`, or the name of a codec in the rules. */
  readonly kind: string;
  /** None for a virtual field; two for `point` (longitude, latitude) and `money` (amount, currency). */
  readonly columns: readonly string[];
  /** `text` and `texts`: the column that holds the folded text, for `contains`. */
  readonly folded?: string;
  /** `point`: the column that holds the number of its cell, for `near`; see `resource/cells.ts`. */
  readonly cell?: string;
  /** Has an index of its own, so that `equals` on it does not scan. */
  readonly indexed?: true;
  /** Never taken from a caller. */
  readonly readOnly?: true;
  /** Never shown. */
  readonly writeOnly?: true;
  /** What a create has where the caller sent nothing; null if absent. */
  readonly default?: unknown;
  /** A value that means the default. */
  readonly empty?: unknown;
  /** The table whose `id` it holds, and what messages call one of its rows. */
  readonly reference?: { readonly table: string; readonly name: string };
  /** A virtual field that is read from the row that the reference `field` names. */
  readonly through?: { readonly field: string; readonly column: string };
}

export interface UniqueFacts {
  readonly index: string;
  /** Together; messages name the last one. */
  readonly fields: readonly string[];
  /** What a second one is answered by the rest face. */
  readonly message: string;
}

export interface ViewFacts {
  /** Wire names of the fields it shows, `_id` among them. */
  readonly fields: readonly string[];
  /** Wire names of the text fields that a keyword is looked for in; one of them must have it. */
  readonly keyword: readonly string[];
}

/** `envelope`: the resource API under `/api`. `rest`: the collections of the club API under `/api/v1`. */
export type Face = 'envelope' | 'rest';

/** What `generate` makes of a resource in `x-resources`; its table among it. */
export interface ResourceFacts<Types extends ResourceTypes = ResourceTypes> extends TableDefinition {
  /** In messages: `name is required for creating Gym`. */
  readonly name: string;
  readonly face: Face;
  /** Wire name of the id: `_id`, or `country_id`. */
  readonly id: string;
  /** Name of the id in paths. */
  readonly parameter: string;
  /** Rest face: the member that an answer wraps one in. */
  readonly wrapper?: string;
  /** By wire name, in the order of the answer; the id, `createdDate` and `updatedDate` are added. */
  readonly fields: Readonly<Record<string, FieldFacts>>;
  /** Whether rows have `created_at` and `updated_at`. */
  readonly dated: boolean;
  /** The engine inserts, and so the table has no column beyond these. */
  readonly creates?: true;
  readonly unique: readonly UniqueFacts[];
  readonly views: Readonly<Record<string, ViewFacts>>;
  /** `operationId`s by what they do. */
  readonly operations: Readonly<Partial<Record<ResourceVerb, string>>>;
  /** Component schemas with what a caller may send and what an answer shows; the first is compared with the fields. */
  readonly schemas: { readonly sent: string; readonly shown: string };
  /** Never emptied as a whole: the others could not be without it. */
  readonly lasting?: true;
  /** Never set; it carries the types. */
  readonly types?: Types;
}

type ResourceVerb = 'operate' | 'list' | 'get' | 'create' | 'update' | 'delete';

/** Some rows: those of which one of these fields has the value beside it, as the wire shows it. */
export type RowFilter = readonly (readonly [field: string, value: unknown])[];

/** A write under way: who asks for it, and its transaction. */
export interface Writing {
  readonly call: Call;
  readonly unit: Unit;
}

/** A record before and after a write; undefined before a create and after a delete. */
export interface Change<Record> {
  readonly before: Record | undefined;
  readonly after: Record | undefined;
}

/** A row on its way into an answer, beside what is stored of it. */
interface ShownRow<Types extends ResourceTypes> {
  readonly shown: Types['shown'];
  readonly record: Types['record'];
}

/** What a plugin knows that a description cannot say: who owns what, and what must agree. Each may throw. */
export interface ResourceRules<Types extends ResourceTypes = ResourceTypes> {
  /** The rows that a caller may read; undefined for all. Others do not exist for it. */
  readable?(principal: Principal): Promise<RowFilter | undefined>;
  /** Fills in the virtual fields of what is shown, in place. */
  complete?(rows: readonly ShownRow<Types>[], unit?: Unit): Promise<void> | void;
  /**
   * Before the transaction and no part of it: the fields to write, made of what the caller sent. May do other I/O; what it
   * writes by itself stays though the write fails, and is written again where a request is repeated. `current` is what is
   * stored now, not locked, and undefined for a create.
   */
  prepare?(
    input: Partial<Types['input']>,
    context: { readonly current: Types['record'] | undefined; readonly principal: Principal; readonly call: Call },
  ): Item | Promise<Item>;
  /** In the transaction: whether the write may happen. What the record refers to is locked; its `id` is 0 still. */
  beforeCreate?(after: Types['record'], writing: Writing): Promise<void> | void;
  /** The same; the row itself is locked too. */
  beforeUpdate?(before: Types['record'], after: Types['record'], writing: Writing): Promise<void> | void;
  beforeDelete?(before: Types['record'], writing: Writing): Promise<void> | void;
  /** In the transaction, after a create, an update or a delete. */
  afterChange?(change: Change<Types['record']>, writing: Writing): Promise<void> | void;
  /** Codecs for kinds of the plugin's own. */
  readonly codecs?: Readonly<Record<string, Codec>>;
}

/** As an object, or as the text its row became. */
export type Answer<Shown> = Shown | Encoded<Shown>;

export interface ViewQuery {
  /** A literal, case-insensitive substring. */
  readonly keyword?: string | undefined;
  /** Wire values that fields must equal. */
  readonly equals?: Readonly<Record<string, unknown>>;
  /** One of these wire values each of these fields must have; 256 at most. */
  readonly among?: Readonly<Record<string, readonly unknown[]>>;
  /** Instants in milliseconds: fields that are null or not after them, such as the start of a sale. */
  readonly begun?: Readonly<Record<string, number>>;
  /** Fields that are null or after them, such as the end of a sale. */
  readonly lasting?: Readonly<Record<string, number>>;
  /** At most so many; 0 or undefined for all. */
  readonly find?: number | undefined;
  /** Behind this id. */
  readonly after?: number | undefined;
  /** Sent as one statement with others of this kind that are asked for in the same turn of the event loop. */
  readonly together?: boolean | undefined;
}

/** Some items of a list, how many they are, and about how many bytes the rows took that they were made of. */
export interface Chunk<Item, Items = readonly Item[]> {
  readonly items: Items;
  readonly count: number;
  readonly bytes: number;
}

/** A resource seen through fewer fields: what guests and other callers with less than everything may read. */
export interface View<Shown extends object> {
  /** In order of the id. */
  chunks(query: ViewQuery): AsyncGenerator<Chunk<Shown>, void>;
  /**
   * The integers in the column of `field` of all items that a query finds, such as the places of some merchandise, or
   * how many there are: judged by the first that are found, so after a time that does not depend on how many.
   */
  few(query: ViewQuery, field: string): Promise<Few>;
}

export type Few =
  | { readonly values: readonly number[] }
  /** They are not few, but about one row of so many. */
  | { readonly rowsEach: number };

/** Who reads; a guest if left out, which matters where the rules have `readable`. */
export type Caller = Pick<Call, 'principal'>;

interface ListRange {
  readonly find?: number;
  readonly after?: string | number;
}

/** One resource: its handlers, and what a plugin's own operations and service ask of it. */
export interface Resource<Types extends ResourceTypes = ResourceTypes> {
  /** Of every operation that its description gives it. */
  readonly handlers: Handlers<Types['operations']>;
  operate(
    request: { readonly body: unknown },
    call: Call,
  ): Promise<Answer<Types['shown']> | Found<Types['shown']> | Reply<Answer<Types['shown']>>>;
  list(range: ListRange, call?: Caller): Promise<Found<Types['shown']>>;
  /** @throws PalestraError 404 */
  get(id: string, call?: Caller): Promise<Answer<Types['shown']>>;
  create(input: Partial<Types['input']>, call: Call): Promise<Answer<Types['shown']>>;
  /** One by its integer id, as the wire shows it; for a plugin's own service. */
  find(id: number, unit?: Unit): Promise<Types['shown'] | undefined>;
  /**
   * A row that was read already, as the wire shows it; what the rules add (`complete`) is left to the caller.
   * @throws TypeError where fields are shown of other tables
   */
  show(row: Row): Types['shown'];
  /** What is stored, kept from others until the unit's end. */
  lock(id: number, unit: Unit): Promise<Types['record'] | undefined>;
  /**
   * For `palestra import`, by the same rules as a create by a `dba`. `references` are members beside its own references
   * that name rows of other tables; `check` is for a dry run.
   */
  importer(collection: string, options?: ImporterOptions): Importer;
  /** The same rows through the fields of one of its `views`. */
  view<Shown extends object>(name: string): View<Shown>;
}

export interface ImporterOptions extends Pick<Importer, 'check'> {
  readonly references?: Readonly<Record<string, string>>;
}

export type Found<Shown> = readonly Shown[] | Encoded<readonly Shown[]> | Streamed<Shown>;
