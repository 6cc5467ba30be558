/** A server process on the database of a world, which kills itself around a statement once it is told to. */
import { createPalestra, serve } from '@palestra/server';
import { pino } from 'pino';
import { worldOptions } from '../authorization/world.js';
import type { Moment } from './victim.js';

const [, , database = '', dataDir = '', phase = ''] = process.argv;
const log = pino({ level: 'silent' });
let statement: string | undefined;
let left = 0;
process.on('message', (moment: Moment) => {
  ({ statement, nth: left } = moment);
  process.send?.('armed');
});
const palestra = createPalestra({
  ...worldOptions,
  database,
  dataDir,
  rateLimit: false,
  log,
  intercept: (sql, at) => {
    if (statement === undefined || at !== phase || !sql.startsWith(statement)) return;
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
  },
});
const server = await serve(palestra, { port: 0, log, drain: 500 });
process.send?.({ url: server.url });
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
