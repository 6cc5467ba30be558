/** `palestra backup FILE`: one file with all of the database, made while a server runs on it. */
import { resolve } from 'node:path';
import { backupService } from '../../backup/types.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { actorOf, withHost } from '../host.js';

export const backup: Command = command({
  name: 'backup',
  summary: 'Write a backup of the database to a new file',
  arguments: { file: { description: 'Where to write it; nothing is overwritten' } },
  json: true,
  async run(context, { file }) {
    const path = resolve(context.folder, file);
    await withHost(context, async (palestra) => {
      const made = await palestra.service(backupService).create(path);
      const event = { action: 'backup.create', object: `file/${file}` };
      await palestra.service(accountAdministration).record(actorOf('backup'), event);
      context.report({ file: path, ...made }, [`${file}: ${made.bytes} bytes, sha256 ${made.sha256}`]);
    });
    return 0;
  },
});
