/**
 * What emptying a collection takes along and what it must not take, beside what the tables say themselves: rows that
 * refer to a deleted one with `cascade` go with it. Declared as data by the plugin that owns the tables.
 */

export interface Collection {
  /** The collection's name: that of its table. */
  readonly table: string;
  /** Rows of other own tables that go first; `column` refers to the collection's `id`. In the order of deletion. */
  readonly dependants?: readonly { readonly table: string; readonly column: string }[];
  /** While a row has one of these values, nothing is deleted; `because` says what to do, and begins a sentence. */
  readonly blockedBy?: readonly {
    /** The collection, or one of its dependants. */
    readonly table: string;
    readonly column: string;
    readonly values: readonly string[];
    readonly because: string;
  }[];
}
