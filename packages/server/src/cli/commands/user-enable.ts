/** `palestra user enable NAME` */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { onAccounts } from '../roles.js';

export const userEnable: Command = command({
  name: 'user enable',
  summary: 'Enable an account again',
  arguments: { name: { description: 'User name or email' } },
  async run(context, { name }) {
    await onAccounts(context, (accounts) => accounts.setDisabled(actorOf('user enable'), name, false));
    context.print(`${name} is enabled.`);
    return 0;
  },
});
