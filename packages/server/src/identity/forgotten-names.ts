/**
 * Imported accounts that were deleted here, so that no later import brings the person back: user names as keyed hashes,
 * by which somebody without the keys learns no name.
 */
import { createHmac } from 'node:crypto';
import type { KeyRing, SecretKey } from '@palestra/core/auth';
import type { Database, Unit } from '../database/types.js';

export interface ForgottenNames {
  /** Before the names of the account are removed; nothing for one that no import brought. */
  forget(accountId: number, unit: Unit): Promise<void>;
  /** Whether an imported account of this name was deleted here. */
  has(nameKey: string): Promise<boolean>;
}

/** @param keys those of passwords, which are kept for good: the password of an imported account needs them as well */
export function createForgottenNames(database: Database, keys: KeyRing<SecretKey>): ForgottenNames {
  const table = 'forgotten_name';
  const imported = database.statement<{ name_key: string }>((knex, parameter) =>
    knex('account_name')
      .join('account', 'account.id', 'account_name.account_id')
      .select('account_name.name_key')
      .where({ 'account.id': parameter('id'), 'account_name.kind': 'username' })
      .whereNotNull('account.imported_at'),
  );
  const known = database.statement((knex, parameter) =>
    knex(table)
      .select('hash')
      .where(parameter.each(['hash'])),
  );
  const insert = database.statement((knex, parameter) => knex(table).insert(parameter.each(['hash'])));
  return {
    async forget(id, unit) {
      const name = await imported.first({ id }, unit);
      if (!name) return;
      const hash = hashOf(name.name_key, keys.active);
      // A restore brought the account back: it is deleted for the second time.
      if (!(await known.first({ hash }, unit))) await insert.run({ hash }, unit);
    },
    async has(nameKey) {
      for (const key of keys.usable) if (await known.first({ hash: hashOf(nameKey, key) })) return true;
      return false;
    },
  };
}

function hashOf(nameKey: string, { secret }: SecretKey): string {
  return createHmac('sha256', secret).update(`forgotten name ${nameKey}`).digest('hex');
}
