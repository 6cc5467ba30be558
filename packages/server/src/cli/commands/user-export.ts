/** `palestra user export NAME`: everything that names a person, as one JSON document. */
import { type Command, command } from '../command.js';
import { onAccounts } from '../roles.js';

export const userExport: Command = command({
  name: 'user export',
  summary: 'Print everything that names a person, as JSON',
  arguments: { name: { description: 'User name or email' } },
  async run(context, { name }) {
    const data = await onAccounts(context, (accounts) => accounts.export(name));
    context.print(JSON.stringify(data, null, 2));
    return 0;
  },
});
