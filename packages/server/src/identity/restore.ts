/**
 * What a restore must not take back: nobody is signed in again by it. No count of token versions reaches the milliseconds
 * since the epoch, so every access token ever issued is older than the restored account.
 */
import type { RestoreRule } from '../plugin/restore.js';

export const restoreRules: readonly RestoreRule[] = [
  { table: 'account', keep: 'nothing', column: 'token_version' },
  { table: 'refresh_token', keep: 'nothing', column: 'revoked_at' },
  { table: 'machine_token', keep: 'column', column: 'revoked_at' },
  { table: 'sealed_use', keep: 'rows' },
  // The keys are not in a backup: those of now stay in use.
  { table: 'active_key', keep: 'rows' },
];
