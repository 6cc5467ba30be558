/** `palestra user grant NAME ROLE`: another role for an account. */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { onAccounts, reportChange, roleList, toRole } from '../roles.js';

export const userGrant: Command = command({
  name: 'user grant',
  summary: 'Give an account another role',
  details: 'The ladder does not bind this command; only the last DBA keeps the role. The tokens of the account end.',
  arguments: { name: { description: 'User name' }, role: { description: roleList } },
  json: true,
  async run(context, { name: username, role: named }) {
    const role = toRole(named);
    const request = { username, role, verb: 'grant' } as const;
    reportChange(
      context,
      await onAccounts(context, (accounts) => accounts.assign(actorOf('user grant'), 'host', request)),
    );
    return 0;
  },
});
