/** The roles that a command may give. */
import { isRole, ladder, type Role } from '@palestra/core';
import type { RoleChange } from '../identity/index.js';
import { type AccountAdministration, accountAdministration } from '../management/index.js';
import type { CommandContext } from './command.js';
import { UsageError } from './errors.js';
import { withHost } from './host.js';

const roles: readonly Role[] = ladder.filter((role) => role !== 'guest');

export const roleList: string = `One of ${roles.join(', ')}`;

/** @throws UsageError listing the roles */
export function toRole(role: string): Role {
  if (isRole(role) && role !== 'guest') return role;
  throw new UsageError(`${role} is not a role. ${roleList}.`);
}

export function onAccounts<Result>(
  context: CommandContext,
  work: (accounts: AccountAdministration) => Promise<Result>,
): Promise<Result> {
  return withHost(context, (palestra) => work(palestra.service(accountAdministration)));
}

export function reportChange(context: CommandContext, { username, from, to }: RoleChange): void {
  const line = from === to ? `${username} is ${to} already.` : `${username} was ${from} and is now ${to}.`;
  context.report({ username, from, to }, [line]);
}
