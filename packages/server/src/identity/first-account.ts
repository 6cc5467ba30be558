/**
 * What the first start makes, once in the life of a database, whichever instance comes first: the DBA, and the token
 * of the secure provisioner.
 */

import { randomBytes } from 'node:crypto';
import type { Clock } from '@palestra/core';
import { databaseFault } from '../database/errors.js';
import type { Database, Unit } from '../database/types.js';
import type { StoredMachineTokens } from './machine-tokens.js';
import type { Registration } from './registration.js';
import type { FirstAccount, IdentityOptions } from './types.js';

const event = 'first_account';

export interface FirstAccountOptions extends Pick<IdentityOptions, 'dba' | 'onFirstAccount'> {
  readonly database: Database;
  readonly registration: Registration;
  readonly machines: StoredMachineTokens;
  readonly clock: Clock;
}

/** @throws PalestraError if the environment's user name or password is not accepted */
export async function ensureFirstAccount(options: FirstAccountOptions): Promise<void> {
  const { database, registration, machines, clock, dba, onFirstAccount } = options;
  const happened = database.statement((knex, parameter) =>
    knex('identity_event')
      .select('name')
      .where({ name: parameter('name') }),
  );
  const happen = database.statement((knex, parameter) =>
    knex('identity_event').insert({ name: parameter('name'), happened_at: parameter('now') }),
  );
  if (await happened.first({ name: event })) return;

  const account = firstAccount(dba);
  const nobody = { email: null, firstName: null, lastName: null, address: null };
  const claim = async (unit: Unit) => {
    await happen.run({ name: event, now: clock.now() }, unit);
    await machines.issueProvisioner(unit);
  };
  try {
    await registration.register({ ...nobody, ...account, role: 'dba' }, claim);
  } catch (error) {
    // Another instance was first, and shows the password.
    if (databaseFault(error)?.kind === 'duplicate' || (await happened.first({ name: event }))) return;
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
