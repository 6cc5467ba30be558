/** What each operation of personal data does. */
import {
  accountIdOf,
  type Call,
  type Clock,
  type Handlers,
  parseId,
  type RateLimit,
  resourceNotFound,
} from '@palestra/core';
import type { Database, Unit } from '../database/types.js';
import type { FullAccount } from '../identity/account-store.js';
import type { Opened } from '../identity/config.js';
import type { IdentityService } from '../identity/service.js';
import { assertOwner } from './assert-owner.js';
import type { operations, SealedBodies } from './contract.generated.js';
import type { People } from './types.js';

/** As handlers see them: sealed bodies are open. */
export type PersonalDataOperations = Opened<operations, SealedBodies>;

/** By the names that operations refer to by `x-rate-limit`. */
export const rateLimits: Readonly<Record<'export' | 'deletion', readonly RateLimit[]>> = {
  export: [{ by: 'caller', requests: 10, seconds: 3_600 }],
  // Some proofs are asked for at another system.
  deletion: [{ by: 'caller', requests: 30, seconds: 3_600 }],
};

export interface OperationOptions {
  readonly database: Database;
  readonly identity: IdentityService;
  readonly people: People;
  readonly clock: Clock;
}

export function createOperations({
  database,
  identity,
  people,
  clock,
}: OperationOptions): Handlers<PersonalDataOperations> {
  const { accounts, privileges } = identity;

  const onUser = <Result>(id: string, call: Call, work: (account: FullAccount, unit: Unit) => Promise<Result>) =>
    database.unitOfWork(async (unit) => work(await privileges.manageable(call.principal, idOf(id), unit), unit));

  async function ownAccount(call: Call): Promise<FullAccount> {
    const account = await accounts.find(accountIdOf(call.principal) ?? 0);
    if (!account) throw resourceNotFound('User', String(accountIdOf(call.principal) ?? ''));
    return account;
  }

  return {
    disableUser: ({ params: { id } }, call) =>
      onUser(id, call, async (account, unit) => {
        await people.setDisabled(account, true, call, unit);
        return {};
      }),

    enableUser: ({ params: { id } }, call) =>
      onUser(id, call, async (account, unit) => {
        await people.setDisabled(account, false, call, unit);
        return {};
      }),

    deleteUser: ({ params: { id } }, call) =>
      onUser(id, call, async (account, unit) => {
        await people.remove(account, call, unit);
        return {};
      }),

    async exportUser({ params: { id } }, call) {
      return people.export(await onUser(id, call, async (account) => account));
    },

    exportProfile: async (_, call) => people.export(await ownAccount(call)),

    async deleteProfile({ body }, call) {
      const account = await ownAccount(call);
      await assertOwner({ identity, clock }, account, body, call);
      await database.unitOfWork((unit) => people.remove(account, call, unit));
      return {};
    },
  };
}

function idOf(id: string): number {
  const number = parseId(id);
  if (number === undefined) throw resourceNotFound('User', id);
  return number;
}
