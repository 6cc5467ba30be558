/**
 * Where a plugin keeps what is about a person, and what becomes of it when that person's account is deleted. Declared as
 * data by the plugin that owns the table, like its migrations; exports and deletions follow it.
 */

export interface PersonalData {
  /** One of the plugin's own tables. */
  readonly table: string;
  /** The column with the account's id: rows that have it are about that person. */
  readonly account: string;
  /** Where `account` is a column of another own table: `column` here holds the `id` of a row there. */
  readonly through?: { readonly column: string; readonly table: string };
  /**
   * `delete`: the rows go. `forget`: they stay, and `account` becomes null. `keep`: they stay as they are, for what
   * bookkeeping or others need; the account that they refer to has no name any more.
   */
  readonly onDelete: 'delete' | 'forget' | 'keep';
  /** Columns that an export leaves out, such as hashes of secrets. Those that end with `_folded` are left out as well. */
  readonly secret?: readonly string[];
}
