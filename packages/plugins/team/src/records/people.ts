/** People of other plugins' accounts, as the club API shows them. */
import type { AccountsService, AccountView } from '@palestra/core';
import type { components } from '../contract.generated.js';
import type { Target } from './kind.js';

export type Player = components['schemas']['Player'];
export type UserName = components['schemas']['ClubUserName'];

export interface People {
  readonly target: Target;
  /** By account id. */
  names(ids: readonly number[]): Promise<Map<number, UserName>>;
  /** Those of `ids` that exist, in their order. */
  players(ids: readonly number[]): Promise<Player[]>;
}

export function createPeople(accounts: AccountsService): People {
  return {
    target: { name: 'User', exists: async (id) => (await accounts.find(id)) !== undefined },
    async names(ids) {
      const found = await accounts.findMany([...new Set(ids)]);
      return new Map(found.map((account) => [account.id, { email: account.email, name: displayName(account) }]));
    },
    players: async (ids) => (await accounts.findMany(ids)).map(toPlayer),
  };
}

function toPlayer({ id, firstName, lastName, email, address }: AccountView): Player {
  return { id, first_name: firstName, last_name: lastName, email, address };
}

/** As the login of the club API says it. */
function displayName({ firstName, lastName, username }: AccountView): string {
  return [firstName, lastName].filter((part) => part !== null).join(' ') || username;
}
