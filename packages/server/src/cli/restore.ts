/** `palestra restore`: the database becomes what a backup holds, if the backup is sound. */
import { open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { backupService } from '../backup/index.js';
import { accountAdministration } from '../management/index.js';
import { type Command, UsageError } from './command.js';
import { actorOf, withHost } from './with-host.js';

const usage = 'restore FILE';

export const restoreCommand: Command = {
  usage,
  summary: 'Replace the database by a backup, after checking it',
  async run(context) {
    const [file, ...more] = context.args;
    if (file === undefined || more.length > 0) throw new UsageError(`Usage: palestra ${usage}`);
    const handle = await open(resolve(file), 'r');
    try {
      await withHost(context, async (palestra) => {
        const { createdAt } = await palestra.service(backupService).restore(handle, dirname(resolve(file)));
        await palestra
          .service(accountAdministration)
          .record(actorOf('restore'), { action: 'backup.restore', object: `file/${file}` });
        context.print(`The database is as it was at ${createdAt}. Everybody signs in again.`);
      });
    } finally {
      await handle.close();
    }
    return 0;
  },
};
