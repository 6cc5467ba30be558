/**
 * What the first start creates, once in the life of a database, whichever instance comes first: the DBA, and the token
 * of the secure provisioner.
 */

import { randomBytes } from 'node:crypto';
import type { Clock, Unit } from '@palestra/core';
import { isDuplicate } from '../database/insert-once.js';
import type { Database } from '../database/types.js';
import type { StoredMachineTokens } from './machine-tokens.js';
import type { RegisterAccount } from './registration.js';
import type { FirstAccount, IdentityOptions } from './types.js';

const event = 'first_account';

export interface FirstAccountOptions extends Pick<IdentityOptions, 'dba' | 'onFirstAccount'> {
  readonly database: Database;
  readonly register: RegisterAccount;
  readonly machines: StoredMachineTokens;
  readonly clock: Clock;
}

/** @throws PalestraError if the environment's user name or password is not accepted */
export async function ensureFirstAccount(options: FirstAccountOptions): Promise<void> {
  const { database, register, machines, clock, dba, onFirstAccount } = options;
  const statements = {
    find: database.statement((knex, parameter) =>
      knex('identity_event')
        .select('name')
        .where(parameter.each(['name'])),
    ),
    insert: database.statement((knex, parameter) =>
      knex('identity_event').insert(parameter.each(['name', 'happened_at'])),
    ),
  };
  const happened = async () => (await statements.find.first({ name: event })) !== undefined;
  if (await happened()) return;

  const account = firstAccount(dba);
  const unknown = { email: null, firstName: null, lastName: null, address: null };
  const claim = async (unit: Unit) => {
    await statements.insert.run({ name: event, happened_at: clock.now() }, unit);
    await machines.issueProvisioner(unit);
  };
  try {
    await register({ ...unknown, ...account, role: 'dba' }, claim);
  } catch (error) {
    // Another instance was first, and shows the password.
    if (isDuplicate(error) || (await happened())) return;
    throw error;
  }
  onFirstAccount?.(account);
}

function firstAccount(dba: IdentityOptions['dba']): FirstAccount {
  const generated = dba?.password === undefined;
  return {
    username: dba?.username ?? 'dba',
    password: dba?.password ?? randomBytes(15).toString('base64url'),
    generated,
  };
}
