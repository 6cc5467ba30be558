/** Palestra with its production defaults; what it has no rows for yet is made through its API. */

import { execFile } from 'node:child_process';
import { createPublicKey, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { CompactEncrypt } from 'jose';
import type { Contender, StartOptions } from './contender.js';
import { type Databases, openDatabase } from './databases.js';
import { send } from './http.js';
import { credentials, serverCommand, startServerProcess } from './processes.js';
import { countryCount, fillCountries, fillGyms, gymCount, members, offerCount, sellingGym } from './rows.js';

export async function startPalestra(databases: Databases, { nodeArgs = [], env }: StartOptions): Promise<Contender> {
  const url = await databases.create();
  const environment = { NODE_ENV: 'production', PALESTRA_SANDBOX_PAYMENTS: 'on', DATABASE_URL: url, ...env };
  const server = await startServerProcess(environment, { nodeArgs });
  const database = await openDatabase(url);
  await fillGyms(database, gymCount);
  await fillCountries(database, countryCount);

  const token = await server.signIn();
  const call = createCall(server.url);
  const seal = await sealer(server.url);
  const signInOf = async (username: string): Promise<string> => {
    const now = { iat: Math.floor(Date.now() / 1000), jti: randomBytes(16).toString('base64url') };
    return `tnt-user-auth-scheme ${await seal({ username, password: credentials.password, ...now })}`;
  };
  const buyers: string[] = [];
  for (const username of members) {
    await call('POST', '/api/register', { body: { sealed: await seal({ username, password: credentials.password }) } });
    const signedIn = await call('GET', '/api/auth', { authorization: await signInOf(username) });
    buyers.push(signedIn.body.data.access_token);
  }
  const gym = String(sellingGym).padStart(12, '0');
  const offers: string[] = [];
  for (let index = 0; index < offerCount; index++) {
    const name = `Ten yoga classes ${index}`;
    const data = { name, type: 1, gym, price: { amount: 9900, currency: 'EUR' }, count: 10 };
    const sold = await call('POST', '/api/merchandise', { token, body: { operation: 'create', data } });
    offers.push(sold.body.data._id);
  }
  await call('POST', '/api/v1/add_game', { token, body: { gameConfigDTO: { name: 'Star Sprint' } } });
  const provisioner = await provisionerToken({ ...environment, PALESTRA_DATA_DIR: server.dataDir });
  const registered = await call('POST', '/api/v1/register_stams', {
    token: provisioner,
    body: { provisioning_uid: 'benchmark' },
  });
  const deviceToken = registered.body.stams_token;
  const games = await call('GET', '/api/v1/stams/self/games', { token: deviceToken });
  // In production rows are taken into the index of texts as they come, not ten thousand while others are measured.
  await database.indexed('gym');
  await database.close();
  return {
    name: 'palestra',
    get process() {
      return server;
    },
    token,
    deviceToken,
    etag: games.headers.etag ?? '',
    buyers,
    offers,
    signIn: {
      method: 'GET',
      path: '/api/auth',
      headers: { authorization: '{value}' },
      values: (count) =>
        Promise.all(Array.from({ length: count }, (_, index) => signInOf(members[index % members.length] ?? ''))),
    },
    restart: () => server.restart(),
    stop: () => server.stop(),
  };
}

interface Sent {
  readonly token?: string;
  /** Instead of a token. */
  readonly authorization?: string;
  readonly body?: object;
}

/** Sets the scene; nothing of it is measured. @throws Error where the answer is no success */
function createCall(url: string) {
  return async (method: string, path: string, { token, authorization, body }: Sent) => {
    const answer = await send(url + path, {
      method,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(authorization !== undefined && { authorization }),
        ...(body && { 'content-type': 'application/json' }),
      },
      body: body && JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status} ${answer.text}`);
    // biome-ignore lint/suspicious/noExplicitAny: a caller reads what it asked for
    return { headers: answer.headers, body: (answer.text === '' ? undefined : JSON.parse(answer.text)) as any };
  };
}

/** As the client library seals: a JWE for the server's key. */
async function sealer(url: string): Promise<(plaintext: object) => Promise<string>> {
  const { publicKey, kid } = (await (await fetch(`${url}/api/gpk`)).json()) as { publicKey: string; kid: string };
  const key = createPublicKey(publicKey);
  return (plaintext) =>
    new CompactEncrypt(Buffer.from(JSON.stringify(plaintext)))
      .setProtectedHeader({ alg: 'RSA-OAEP-256', enc: 'A256GCM', kid })
      .encrypt(key);
}

async function provisionerToken(environment: NodeJS.ProcessEnv): Promise<string> {
  const env = { ...process.env, ...environment };
  const { stdout } = await promisify(execFile)(process.execPath, [serverCommand, 'token', 'provisioner'], { env });
  return stdout.trim();
}
