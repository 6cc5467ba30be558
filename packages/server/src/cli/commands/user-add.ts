/** `palestra user add NAME [ROLE]`: a new account. */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { readPassword } from '../password.js';
import { onAccounts, roleList, toRole } from '../roles.js';

export const userAdd: Command = command({
  name: 'user add',
  summary: 'Add an account',
  details:
    'The password is asked for, or read from the first line of standard input, or from PALESTRA_USER_PASSWORD; an argument would show in ps.',
  arguments: {
    name: { description: 'User name' },
    role: { description: `${roleList}; player by default`, optional: true },
  },
  async run(context, { name: username, role: named = 'player' }) {
    const role = toRole(named);
    const password = await readPassword(context);
    await onAccounts(context, (accounts) => accounts.add(actorOf('user add'), { username, password, role }));
    context.print(`Added ${username} as ${role}.`);
    return 0;
  },
});
