/** An account's data exported, and an account deleted: everywhere, in one transaction, and not brought back by a restore. */
import { type Clock, formatId, permissionDenied, type Unit } from '@palestra/core';
import type { AuditService } from '../audit/types.js';
import type { Database } from '../database/types.js';
import type { IdentityService } from '../identity/service.js';
import type { LegacyIds } from '../import/legacy-ids.js';
import type { AuditActor } from '../plugin/audit.js';
import type { PersonalTables } from './rows.js';
import type { People } from './types.js';

/** What was said about somebody in events that no subscriber waits for goes too. */
type ForgetEvents = (accountId: number, unit: Unit) => Promise<void>;

export interface PeopleOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly audits: AuditService;
  readonly tables: PersonalTables;
  readonly forgetEvents: ForgetEvents;
  readonly legacyIds: Pick<LegacyIds, 'forget'>;
  readonly clock: Clock;
}

export function createPeople(options: PeopleOptions): People {
  const { database, identity, audits, tables, forgetEvents, legacyIds, clock } = options;
  const { accounts, privileges, registration } = identity;
  const statements = createStatements(database);

  async function erase(id: number, actor: AuditActor, unit: Unit): Promise<void> {
    const created_at = await accounts.createdAt(id, unit);
    if (created_at === undefined) throw permissionDenied();
    await privileges.endTokens(id, unit);
    await registration.forgottenNames.forget(id, unit);
    await tables.erase(id, unit);
    await forgetEvents(id, unit);
    await legacyIds.forget('account', id, unit);
    await accounts.remove(id, unit);
    await statements.forget.run({ account_id: id, created_at }, unit);
    await statements.remember.run({ account_id: id, created_at, deleted_at: clock.now() }, unit);
    await audits.erase(unit, actor, id);
  }

  return {
    async export(account) {
      const { passwordHash, tokenVersion, id, ...known } = account;
      const done = (await audits.entriesOf(id)).map(({ at, action, object, ip }) => ({
        date: new Date(at).toISOString(),
        ...{ action, object, ip },
      }));
      return {
        exportedDate: new Date(clock.now()).toISOString(),
        account: { _id: formatId(id), ...known },
        data: await tables.rows(id),
        audit: done,
      };
    },

    async remove(account, actor, unit) {
      await privileges.assertNotLastDba(account, unit);
      await erase(account.id, actor, unit);
    },

    async setDisabled(account, disabled, actor, unit) {
      if (account.disabled === disabled) return;
      if (disabled) {
        await privileges.assertNotLastDba(account, unit);
        await privileges.endTokens(account.id, unit);
      }
      await accounts.setDisabled(account.id, disabled, unit);
      const action = disabled ? 'account.disable' : 'account.enable';
      await audits.writer.record(unit, actor, { action, object: `account/${formatId(account.id)}` });
    },

    async removeRestored() {
      for (const { id } of await statements.restored.all()) {
        await database.unitOfWork((unit) => erase(id, { program: 'palestra restore' }, unit));
      }
    },
  };
}

function createStatements(database: Database) {
  return {
    forget: database.statement((knex, parameter) =>
      knex('deleted_account')
        .where(parameter.each(['account_id', 'created_at']))
        .delete(),
    ),
    remember: database.statement((knex, parameter) =>
      knex('deleted_account').insert(parameter.each(['account_id', 'created_at', 'deleted_at'])),
    ),
    /** The account that was kept without a name has been disabled and has no name in the namespace. */
    restored: database.statement<{ id: number }>((knex) =>
      knex('deleted_account')
        .join('account', (join) =>
          join.on('account.id', 'deleted_account.account_id').on('account.created_at', 'deleted_account.created_at'),
        )
        .join('account_name', 'account_name.account_id', 'account.id')
        .distinct({ id: 'account.id' }),
    ),
  };
}
