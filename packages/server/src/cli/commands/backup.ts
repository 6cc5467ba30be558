/** `palestra backup FILE`: one file with all of the database, made while a server runs on it. */
import { dirname, resolve } from 'node:path';
import { backupService } from '../../backup/types.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { CommandError } from '../errors.js';
import { actorOf, withHost } from '../host.js';
import { retentionFrom, retentionOptions } from '../retention.js';

export const backup: Command = command({
  name: 'backup',
  summary: 'Write a backup of the database to a new file',
  details:
    'With --keep-…, older backups of this installation in the folder of the file are deleted afterwards, as by `palestra forget`.',
  arguments: { file: { description: 'Where to write it; nothing is overwritten' } },
  options: {
    recipient: {
      value: 'KEY',
      description:
        'Encrypt it for a public key of age (age1…), or several with commas; PALESTRA_BACKUP_RECIPIENTS by default',
    },
    ...retentionOptions,
  },
  json: true,
  async run(context, { file, recipient, ...keep }) {
    const path = resolve(context.folder, file);
    const retention = retentionFrom(keep);
    const recipients = recipient?.split(',').map((key) => key.trim());
    return withHost(context, async (palestra) => {
      const backups = palestra.service(backupService);
      const made = await backups.create(path, recipients && { recipients });
      const event = { action: 'backup.create', object: `file/${file}` };
      await palestra.service(accountAdministration).record(actorOf('backup'), event);
      const hook = await backups.runHook(path, made);
      const { removed = [] } = retention ? await backups.forget(dirname(path), retention) : {};
      context.report({ file: path, ...made, ...(hook && { hook }), removed }, [
        `${file}: ${made.bytes} bytes, sha256 ${made.sha256}`,
        ...removed.map((name) => `deleted ${name}`),
      ]);
      if (hook && !hook.ok) throw new CommandError(`The backup is made, but the hook failed: ${hook.status}.`);
      return 0;
    });
  },
});
