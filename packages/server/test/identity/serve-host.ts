/** A server process of its own, on a database and keys that others use too; ends when its parent lets go of it. */
import { createPalestra, serve } from '@palestra/server';
import { pino } from 'pino';

const [, , database = '', dataDir = '', config = '{}'] = process.argv;
const log = pino({ level: 'silent' });
const dba = { username: 'dba', password: 'test-only-password-of-the-dba' };
const palestra = createPalestra({
  plugins: [],
  config: { identity: JSON.parse(config) },
  database,
  dataDir,
  dba,
  rateLimit: false,
  warmUp: false,
  log,
});
// So long that no busy machine makes a test send its request on a connection that is just being closed.
const limits = { keepAliveTimeout: 60_000 };
const server = await serve(palestra, { port: 0, log, drain: 500, limits });
process.send?.({ url: server.url });
process.on('disconnect', () => void server.close().then(() => process.exit(0)));
