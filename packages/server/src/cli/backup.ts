/** `palestra backup`: one file with all of the database, made while a server runs on it. */
import { resolve } from 'node:path';
import { backupService } from '../backup/index.js';
import { accountAdministration } from '../management/index.js';
import { type Command, UsageError } from './command.js';
import { actorOf, withHost } from './with-host.js';

const usage = 'backup FILE';

export const backupCommand: Command = {
  usage,
  summary: 'Write a backup of the database to a new file',
  async run(context) {
    const [file, ...more] = context.args;
    if (file === undefined || more.length > 0) throw new UsageError(`Usage: palestra ${usage}`);
    await withHost(context, async (palestra) => {
      const { bytes, sha256 } = await palestra.service(backupService).create(resolve(file));
      await palestra
        .service(accountAdministration)
        .record(actorOf('backup'), { action: 'backup.create', object: `file/${file}` });
      context.print(`${file}: ${bytes} bytes, sha256 ${sha256}`);
    });
    return 0;
  },
};
