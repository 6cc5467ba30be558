/** `palestra user delete NAME`: an account with all that is about the person. */
import { type Command, command } from '../command.js';
import { confirm } from '../confirm.js';
import { actorOf } from '../host.js';
import { onAccounts } from '../roles.js';

export const userDelete: Command = command({
  name: 'user delete',
  summary: 'Delete an account with all that is about the person',
  details:
    'Purchases and the like stay for bookkeeping, without a name. It cannot be undone; on a terminal the command asks. The last DBA stays.',
  arguments: { name: { description: 'User name or email' } },
  options: { yes: { description: 'Do not ask' } },
  async run(context, { name, yes }) {
    const asks = !yes && context.terminal.stdin.isTTY;
    if (asks && !(await confirm(`Delete ${name} and all that is about them?`, context.terminal))) {
      context.print('Nothing was deleted.');
      return 1;
    }
    await onAccounts(context, (accounts) => accounts.remove(actorOf('user delete'), name));
    context.print(`${name} is deleted.`);
    return 0;
  },
});
