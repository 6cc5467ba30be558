/** Runs the example: `npm start`. The first start fills the town and says who owns its gyms. */
import { randomBytes } from 'node:crypto';
import { startAppServer } from './app.js';
import { seedDemo } from './demo.js';

const files = new URL('../dist', import.meta.url).pathname;
const { PORT = '3000', PALESTRA_DATA_DIR: dataDir = new URL('../data', import.meta.url).pathname } = process.env;

const password = randomBytes(9).toString('base64url');
const account = (username: string) => ({ username, password });
const dba = account('dba');
let isNew = false;

const { url } = await startAppServer({
  files,
  port: Number(PORT),
  dataDir,
  dba,
  onFirstAccount: () => {
    isNew = true;
  },
});
if (isNew) {
  await seedDemo({
    baseUrl: url,
    dba,
    operators: ['iron', 'boulder', 'town'].map(account) as [ReturnType<typeof account>],
  });
  console.log(`"iron" owns Iron Temple Henndorf, "town" most of the others, "dba" is the administrator.`);
  console.log(`Their password, shown this once: ${password}`);
}
console.log(`Open ${url}`);
