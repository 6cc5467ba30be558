/**
 * What a restore must not undo: no token becomes valid again, no role and no password comes back. No count of token
 * versions reaches the milliseconds since the epoch, so every access token issued before the restore says an older version.
 */
import { ladder } from '@palestra/core';
import type { RestoreRule } from '../plugin/restore.js';

export const restoreRules: readonly RestoreRule[] = [
  { table: 'identity_event', tells: 'database' },
  { table: 'account', keep: 'nothing', column: 'token_version' },
  // A role that was taken away, a password that was changed and an account that was disabled since the backup.
  { table: 'account', keep: 'weaker', column: 'role', order: ladder },
  { table: 'account', keep: 'weaker', column: 'granted_role', order: ladder },
  { table: 'account', keep: 'weaker', column: 'disabled', order: [0, 1] },
  { table: 'account', keep: 'column', column: 'password_hash' },
  { table: 'refresh_token', keep: 'nothing', column: 'revoked_at' },
  { table: 'session', keep: 'nothing', column: 'ended_at' },
  { table: 'machine_token', keep: 'column', column: 'revoked_at' },
  { table: 'sealed_use', keep: 'rows' },
  { table: 'forgotten_name', keep: 'rows' },
  // Keys are not part of a backup: the present ones stay in use.
  { table: 'active_key', keep: 'rows' },
];
