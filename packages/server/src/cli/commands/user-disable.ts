/** `palestra user disable NAME` */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { onAccounts } from '../roles.js';

export const userDisable: Command = command({
  name: 'user disable',
  summary: 'Disable an account',
  details: 'Sign-ins are refused from now on; its tokens and sessions end. The last DBA stays.',
  arguments: { name: { description: 'User name or email' } },
  async run(context, { name }) {
    await onAccounts(context, (accounts) => accounts.setDisabled(actorOf('user disable'), name, true));
    context.print(`${name} is disabled.`);
    return 0;
  },
});
