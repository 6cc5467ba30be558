/** A server process on the database of a world, which kills itself around its first COMMIT once it is told to. */
import { createPalestra, serve } from '@palestra/server';
import { pino } from 'pino';
import { worldOptions } from '../authorization/world.js';

const [, , database = '', dataDir = '', phase = ''] = process.argv;
const log = pino({ level: 'silent' });
let armed = false;
process.on('message', () => {
  armed = true;
  process.send?.('armed');
});
const palestra = createPalestra({
  ...(await worldOptions()),
  database,
  dataDir,
  rateLimit: false,
  log,
  intercept: (sql, at) => {
    if (armed && at === phase && sql.startsWith('COMMIT')) process.kill(process.pid, 'SIGKILL');
  },
});
const server = await serve(palestra, { port: 0, log, drain: 500 });
process.send?.({ url: server.url });
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
