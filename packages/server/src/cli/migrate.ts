/** `palestra migrate`: brings the database to what the plugins expect; `--plan` only says how. */
import { migrate, openDatabase } from '../database/index.js';
import { type Command, hostOf } from './command.js';

export const migrateCommand: Command = {
  usage: 'migrate [--plan]',
  summary: 'Migrate the database, or print the SQL that would run',
  async run(context) {
    const plan = context.args.includes('--plan');
    const migrations = hostOf(context).migrations();
    const database = await openDatabase({ url: context.environment.database });
    try {
      const steps = await migrate(database, migrations, { plan });
      for (const { plugin, name, sql } of steps) {
        context.print(`${plan ? 'would run' : 'ran'} ${plugin}/${name}`);
        if (plan) for (const text of sql) context.print(`  ${text.replaceAll('\n', '\n  ')};`);
      }
      if (steps.length === 0) context.print('The database is up to date.');
      return 0;
    } finally {
      await database.close();
    }
  },
};
