/** `palestra migrate`: brings the database to what the plugins expect; `--plan` only prints how. */

import { migrate as migrateDatabase } from '../../database/migrate.js';
import { runningInstances } from '../../instances/index.js';
import { type Command, command } from '../command.js';
import { assertFolders } from '../folders.js';
import { hostOf, openDatabaseOf } from '../host.js';

export const migrate: Command = command({
  name: 'migrate',
  summary: 'Migrate the database',
  details: 'The start of the server does it too. Every migration can be run again after an interruption.',
  options: { plan: { description: 'Change nothing: print the SQL that would run' } },
  json: true,
  async run(context, { plan }) {
    assertFolders(context.environment);
    const migrations = hostOf(context).migrations();
    const database = await openDatabaseOf(context);
    try {
      const steps = await migrateDatabase(database, migrations, {
        plan,
        running: () => runningInstances(database, Date.now()),
      });
      const lines = steps.flatMap(({ plugin, name, sql }) => [
        `${plan ? 'would run' : 'ran'} ${plugin}/${name}`,
        ...(plan ? sql.map((text) => `  ${text.replaceAll('\n', '\n  ')};`) : []),
      ]);
      context.report({ migrations: steps }, lines.length > 0 ? lines : ['The database is up to date.']);
      return 0;
    } finally {
      await database.close();
    }
  },
});
