/**
 * What a restore of an older backup must not undo: revoked tokens stay revoked, used visits stay used, audit entries
 * stay. Declared as data by the plugin that owns the table, like its migrations.
 */
import type { SecretPurpose } from '../keys/secret-purpose.js';

export type RestoreRule =
  /**
   * Rows of the running database stay beside those of the backup; where both have a primary key, the running row. Of a
   * `history`, a backup of another database is refused where both have one: it would be left with a gap.
   */
  | { readonly table: string; readonly keep: 'rows'; readonly history?: true }
  /** Where the running database has a value in `column`, the restored row gets it. */
  | { readonly table: string; readonly keep: 'column'; readonly column: string }
  /**
   * Of the values of the running row and of the restored one, the one that is later in `order` stays: lists them from
   * the strongest to the weakest.
   */
  | {
      readonly table: string;
      readonly keep: 'weaker';
      readonly column: string;
      readonly order: readonly (string | number)[];
    }
  /** Every restored row gets the time of the restore in `column`, in milliseconds since the epoch. */
  | { readonly table: string; readonly keep: 'nothing'; readonly column: string }
  /**
   * Each database has rows here that no other has. Where the backup and the running database have none in common, the
   * backup is of another database, such as one that moves: its rows stay as they are, since the same key names another row.
   */
  | { readonly table: string; readonly tells: 'database' }
  /** Replaces the secret: whatever the old one signed is refused. */
  | { readonly renew: SecretPurpose };
