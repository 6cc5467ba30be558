/** A server process of its own on a database that others use too; ends when its parent lets go of it. */
import { gym } from '@palestra/plugin-gym';
import { merchandise } from '@palestra/plugin-merchandise';
import { createPalestra, type Intercept, serve } from '@palestra/server';
import { pino } from 'pino';
import { transaction } from '../../src/index.js';
import { manyPending } from './scale.js';

const [, , database = '', dataDir = '', kill = '', hostTimes = ''] = process.argv;

/** `after COMMIT 2`: dies around the second statement that begins so, once it counts. */
function dying(): Intercept {
  const [phase, word, number] = kill.split(' ');
  let counting = false;
  let seen = 0;
  process.on('message', () => {
    counting = true;
    process.send?.('counting');
  });
  return (sql, at) => {
    if (!counting || at !== phase || (word !== 'any' && !sql.startsWith(word ?? ''))) return;
    seen += 1;
    if (seen === Number(number)) process.kill(process.pid, 'SIGKILL');
  };
}

const log = pino({ level: process.env.PALESTRA_LOG_LEVEL ?? 'silent' }, pino.destination(2));
const palestra = createPalestra({
  plugins: [gym, merchandise, transaction],
  config: { transaction: manyPending },
  database: hostTimes === '' ? database : { url: database, hostTimes: JSON.parse(hostTimes) },
  dataDir,
  warmUp: false,
  log,
  ...(kill !== '' && { intercept: dying() }),
});
// So long that no busy machine makes a test send its request on a connection that is just being closed.
const limits = { keepAliveTimeout: 60_000 };
const server = await serve(palestra, { port: 0, log, drain: 500, limits });
process.send?.({ url: server.url });
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
