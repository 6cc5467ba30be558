/**
 * What a restore must not take back: what was ended stays ended, what was used up stays used up, what was recorded
 * stays recorded. Declared by the plugin that owns the table, as data, like its migrations.
 */
import type { SecretPurpose } from '../keys/types.js';

export type RestoreRule =
  /** Rows of the running database stay, beside those of the backup; of two with one primary key the running one. */
  | { readonly table: string; readonly keep: 'rows' }
  /** Where the running database has a value in `column`, the restored row gets it. */
  | { readonly table: string; readonly keep: 'column'; readonly column: string }
  /** Every restored row gets the time of the restore in `column`, in milliseconds since the epoch. */
  | { readonly table: string; readonly keep: 'nothing'; readonly column: string }
  /** A new secret takes the old one's place: whatever the old one signed is refused. */
  | { readonly renew: SecretPurpose };
