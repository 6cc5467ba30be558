/** `palestra user …`: people, by whoever runs the server; only the last DBA is safe from it. */
import { isRole, ladder, type Role } from '@palestra/core';
import { type AccountAdministration, accountAdministration, type Verb } from '../management/index.js';
import { type Command, type CommandContext, UsageError } from './command.js';
import { readPassword } from './password.js';
import { importUsers } from './user-import.js';
import { actorOf, withHost } from './with-host.js';

const roles = ladder.filter((role) => role !== 'guest');
const usage = 'user add NAME [ROLE] | grant NAME ROLE | revoke NAME | import FILE';

export const userCommand: Command = {
  usage,
  summary: 'Add an account (password by prompt or stdin), change its role, import those of an older system',
  async run(context) {
    const [verb, name, role, ...rest] = context.args;
    if (verb === 'import') return importUsers(context, context.args.slice(1));
    if (name === undefined || rest.length > 0) throw new UsageError(`Usage: palestra ${usage}`);
    switch (verb) {
      case 'add':
        return add(context, name, toRole(role ?? 'player'));
      case 'grant':
        return assign(context, name, toRole(role), 'grant');
      case 'revoke':
        if (role !== undefined) throw new UsageError('A revocation names no role: the account becomes a player.');
        return assign(context, name, 'player', 'revoke');
      default:
        throw new UsageError(`Usage: palestra ${usage}`);
    }
  },
};

async function add(context: CommandContext, username: string, role: Role): Promise<number> {
  const password = await readPassword(context.environment.userPassword);
  await onPeople(context, (people) => people.add(actorOf('user add'), { username, password, role }));
  context.print(`Added ${username} as ${role}.`);
  return 0;
}

async function assign(context: CommandContext, username: string, role: Role, verb: Verb): Promise<number> {
  const change = await onPeople(context, (people) =>
    people.assign(actorOf(`user ${verb}`), 'host', { username, role, verb }),
  );
  const { from, to } = change;
  context.print(from === to ? `${change.username} is ${to} already.` : `${change.username} was ${from}, is ${to}.`);
  return 0;
}

function onPeople<Result>(
  context: CommandContext,
  work: (people: AccountAdministration) => Promise<Result>,
): Promise<Result> {
  return withHost(context, (palestra) => work(palestra.service(accountAdministration)));
}

function toRole(role: string | undefined): Role {
  if (isRole(role) && role !== 'guest') return role;
  throw new UsageError(`A role is one of ${roles.join(', ')}.`);
}
