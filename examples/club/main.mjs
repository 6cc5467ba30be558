/** Runs the example: `npm start`. The first start makes the club and prints who coaches it. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { seedClub } from './seed.mjs';
import { startClub } from './server.mjs';

const { PORT = '3000', PALESTRA_DATA_DIR: dataDir = join(import.meta.dirname, 'data') } = process.env;
const password = randomBytes(9).toString('base64url');
const person = (username, firstName, lastName) => ({ username, password, firstName, lastName });
const dba = { username: 'dba', password };
let isNew = false;

const server = await startClub({
  port: Number(PORT),
  dataDir,
  dba,
  onFirstAccount: () => {
    isNew = true;
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());

if (isNew) {
  await seedClub({
    baseUrl: server.url,
    dba,
    operator: person('club@example.org', 'Ida', 'Berger'),
    coach: person('mia@example.org', 'Mia', 'Huber'),
    players: [person('lea@example.org', 'Lea', 'Gruber'), person('noah@example.org', 'Noah', 'Wagner')],
  });
  console.log(`Sign in as mia@example.org; the password, shown this once: ${password}`);
}
console.log(`Open ${server.url}`);
