/** A peer on its own database: tables, rows and tokens are ready when it starts. */

import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import jwt from 'jsonwebtoken';
import type { Contender, PeerName, StartOptions } from './contender.js';
import { type Databases, openDatabase } from './databases.js';
import { createPeerTables, fillPeerFacts } from './peer-schema.js';
import { credentials, startProcess } from './processes.js';
import { countryCount, fillCountries, fillPeerGyms, gymCount, members, offerCount, sellingGym } from './rows.js';

export async function startPeer(
  name: Exclude<PeerName, 'palestra'>,
  databases: Databases,
  { nodeArgs = [], env }: StartOptions,
): Promise<Contender> {
  const url = await databases.create();
  const secret = randomBytes(32).toString('hex');
  const jti = randomUUID();
  const database = await openDatabase(url);
  await createPeerTables(database);
  await fillPeerFacts(database, {
    usernames: [credentials.username, ...members],
    password: credentials.password,
    jti,
    gym: sellingGym,
    offers: offerCount,
  });
  await fillPeerGyms(database, gymCount);
  await fillCountries(database, countryCount);
  await database.close();

  const script = fileURLToPath(new URL(`../peers/dist/${name}.js`, import.meta.url));
  const start = () =>
    startProcess([...nodeArgs, script], {
      ...process.env,
      NODE_ENV: 'production',
      PEER_DATABASE: url,
      PEER_SECRET: secret,
      ...env,
    });
  const sign = (claims: object, subject = '1') =>
    jwt.sign(claims, createSecretKey(Buffer.from(secret)), { expiresIn: '1d', audience: 'palestra', subject });
  let running = await start();
  return {
    name,
    get process() {
      return running;
    },
    token: sign({ user: credentials.username, level: 0 }),
    deviceToken: sign({ scope: 'stams_io', jti }),
    etag: '"r1"',
    // Their accounts follow that of the first.
    buyers: members.map((user, index) => sign({ user, level: 4 }, String(index + 2))),
    offers: Array.from({ length: offerCount }, (_, index) => String(index + 1).padStart(12, '0')),
    signIn: {
      method: 'POST',
      path: name === 'feathers' ? '/authentication' : '/api/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ strategy: 'local', username: '{value}', password: credentials.password }),
      values: async () => members,
    },
    async restart() {
      await running.stop();
      running = await start();
      return running;
    },
    stop: () => running.stop(),
  };
}
