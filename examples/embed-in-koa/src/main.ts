/** Runs the club's app: `node --import tsx src/main.ts`, with COOKIE_KEY in the environment. */
import { mkdirSync } from 'node:fs';
import knexModule from 'knex';
import { createClubApp } from './app.js';

const { COOKIE_KEY: cookieKey, PORT: port = '3000' } = process.env;
if (cookieKey === undefined) throw new Error('Set COOKIE_KEY to a secret of your own.');

mkdirSync('data', { recursive: true });
const knex = knexModule.knex({
  client: 'better-sqlite3',
  connection: { filename: 'data/club.sqlite' },
  useNullAsDefault: true,
});
const { app, palestra } = await createClubApp({ knex, cookieKey, dataDir: 'data' });
const server = app.listen(Number(port), () => console.log(`The club is open on http://127.0.0.1:${port}`));

/** The app decides when to end: Palestra traps no signal and closes no database but its own. */
process.once('SIGTERM', () => {
  server.close(async () => {
    await palestra.stop();
    await knex.destroy();
  });
});
