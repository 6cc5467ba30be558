/** `palestra forget FOLDER --keep-daily N …`: deletes the backups of a folder that are no longer needed. */
import { resolve } from 'node:path';
import { backupService } from '../../backup/types.js';
import { accountAdministration } from '../../management/index.js';
import { type Command, command } from '../command.js';
import { UsageError } from '../errors.js';
import { actorOf, withHost } from '../host.js';
import { retentionFrom, retentionOptions } from '../retention.js';

export const forget: Command = command({
  name: 'forget',
  summary: 'Delete backups that are no longer kept',
  details:
    'Only whole backups of this installation are deleted, whatever their names are, and never the newest that is sound.',
  arguments: { folder: { description: 'A folder with backups' } },
  options: { ...retentionOptions, 'dry-run': { description: 'Only say what would be deleted' } },
  json: true,
  async run(context, { folder, 'dry-run': dryRun, ...keep }) {
    const retention = retentionFrom(keep);
    if (!retention) throw new UsageError('Say what to keep: --keep-daily 7 --keep-weekly 4 --keep-monthly 12.');
    const path = resolve(context.folder, folder);
    return withHost(context, async (palestra) => {
      const forgotten = await palestra.service(backupService).forget(path, retention, { dryRun });
      const { kept, removed, damaged } = forgotten;
      for (const file of dryRun ? [] : removed) {
        const event = { action: 'backup.delete', object: `file/${file}` };
        await palestra.service(accountAdministration).record(actorOf('forget'), event);
      }
      context.report(forgotten, [
        ...removed.map((file) => `${dryRun ? 'would delete' : 'deleted'} ${file}`),
        ...kept.map((file) => `kept ${file}`),
        ...damaged.map((file) => `damaged, and left there: ${file}`),
      ]);
      return damaged.length > 0 ? 1 : 0;
    });
  },
});
