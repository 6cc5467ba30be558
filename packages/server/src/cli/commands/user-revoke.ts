/** `palestra user revoke NAME`: the account becomes a player. */
import { type Command, command } from '../command.js';
import { actorOf } from '../host.js';
import { onAccounts, reportChange } from '../roles.js';

export const userRevoke: Command = command({
  name: 'user revoke',
  summary: 'Take the role of an account away: it becomes a player',
  details: 'Only the last DBA keeps the role. The tokens of the account end.',
  arguments: { name: { description: 'User name' } },
  json: true,
  async run(context, { name: username }) {
    const request = { username, role: 'player', verb: 'revoke' } as const;
    reportChange(
      context,
      await onAccounts(context, (accounts) => accounts.assign(actorOf('user revoke'), 'host', request)),
    );
    return 0;
  },
});
