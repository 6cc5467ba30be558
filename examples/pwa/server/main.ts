/** Runs the example: `npm start`. The first start fills the town and says who owns its gyms. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { startAppServer } from './app.js';
import { seedDemo } from './demo.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const { PORT = '3000', PALESTRA_DATA_DIR: dataDir = here('../data') } = process.env;

const password = randomBytes(9).toString('base64url');
const account = (username: string) => ({ username, password });
const dba = account('dba');
let isNew = false;

const server = await startAppServer({
  files: here('../dist'),
  port: Number(PORT),
  dataDir,
  dba,
  onFirstAccount: () => {
    isNew = true;
  },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close());

if (isNew) {
  const operators = [account('iron'), account('boulder'), account('town')] as const;
  await seedDemo({ baseUrl: server.url, dba, operators });
  console.log('"iron" owns Iron Temple Henndorf, "town" most of the others, "dba" is the administrator.');
  console.log(`Their password, shown this once: ${password}`);
}
console.log(`Open ${server.url}`);
