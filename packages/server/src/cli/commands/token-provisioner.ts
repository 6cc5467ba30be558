/** `palestra token provisioner`: the token of the secure provisioner, alone on standard output. */
import { accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { actorOf, withHost } from '../host.js';

export const tokenProvisioner: Command = command({
  name: 'token provisioner',
  summary: "Print the provisioner's token",
  details: 'It is the same each time until it is revoked, and the only output.',
  async run(context) {
    const actor = actorOf('token provisioner');
    context.print(await withHost(context, (palestra) => palestra.service(accountAdministration).provisioner(actor)));
    return 0;
  },
});
