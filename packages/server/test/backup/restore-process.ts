/** Restores a file into the SQLite database of a folder, and says when it begins to replace what is there. */
import { open } from 'node:fs/promises';
import { gym } from '@palestra/plugin-gym';
import { createPalestra } from '@palestra/server';
import { pino } from 'pino';
import { backupService } from '../../src/backup/types.js';

const [dataDir = '', file = ''] = process.argv.slice(2);
const palestra = createPalestra({
  plugins: [gym],
  dataDir,
  database: `sqlite:${dataDir}/test.sqlite`,
  background: false,
  log: pino({ level: 'silent' }),
  // Asked for the running file's name, the last thing before the switch.
  intercept: (sql, phase) => {
    if (phase === 'before' && sql === 'PRAGMA database_list') process.stdout.write('now\n');
  },
});
await palestra.start();
const handle = await open(file);
await palestra.service(backupService).restore(handle);
await handle.close();
await palestra.stop();
