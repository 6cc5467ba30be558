/** `palestra keys revoke KID`: a retired key that leaked ends at once. */
import { KeyRevocationError, revocableKey, revoke } from '../../keys/revocation.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { confirm } from '../confirm.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';

export const keysRevoke: Command = command({
  name: 'keys revoke',
  summary: 'End a retired key at once, since it leaked',
  details:
    'What was made with it stops working on every instance within 5 s: tokens, sealed values, codes. An active key is rotated first (palestra keys rotate), which prints the kid of the old one. On a terminal the command asks.',
  arguments: { kid: { description: 'The kid of the retired key' } },
  options: { yes: { description: 'Do not ask' } },
  json: true,
  async run(context, { kid, yes }) {
    const options = { directory: context.environment.keysDir, kid, clock: { now: Date.now } };
    const purpose = await explained(revocableKey(options));
    const question = `End ${kid} of ${purpose}, and all that was made with it?`;
    if (!yes && context.terminal.stdin.isTTY && !(await confirm(question, context.terminal))) {
      context.notice('Nothing was revoked.');
      return 1;
    }
    await withHost(context, async (palestra) => {
      const revoked = await explained(revoke(options));
      const event = { action: 'key.revoke', object: `key/${purpose}`, detail: { kid } };
      await palestra.service(accountAdministration).record(actorOf('keys revoke'), event);
      context.report(revoked, [`${purpose}: ${kid} has ended; a running server knows within 5 s.`]);
    });
    return 0;
  },
});

async function explained<Result>(result: Promise<Result>): Promise<Result> {
  return result.catch((error: unknown) => {
    throw error instanceof KeyRevocationError ? new CommandError(error.message) : error;
  });
}
