/** `palestra user password NAME`: a new password for an account. */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { readPassword } from '../password.js';
import { onAccounts } from '../roles.js';

export const userPassword: Command = command({
  name: 'user password',
  summary: 'Give an account a new password',
  details:
    'The password is asked for, or read from the first line of standard input, or from PALESTRA_USER_PASSWORD; an argument would show in ps. Every session of the account ends.',
  arguments: { name: { description: 'User name or email' } },
  async run(context, { name: username }) {
    const password = await readPassword(context);
    await onAccounts(context, (accounts) => accounts.setPassword(actorOf('user password'), username, password));
    context.print(`${username} has the new password; every session of the account has ended.`);
    return 0;
  },
});
