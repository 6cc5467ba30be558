/** `palestra seal`: what it prints opens at the server, once, for the operation that was named. */
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { createPalestraCommand, type Palestra } from './palestra.js';

describe('palestra seal', () => {
  let host: TestHost;
  let palestra: Palestra;
  let remove: () => Promise<void>;
  const jon = JSON.stringify({ username: 'jon', password: 'correct horse: ключ' });

  before(async () => {
    host = await startTestHost({ plugins: [] });
    [palestra, remove] = await createPalestraCommand({ dataDir: host.dataDir, database: 'sqlite::memory:' });
  });
  after(async () => {
    await remove();
    await host.stop();
  });

  const sealed = async (path?: string, key = host.url) => {
    const words = ['seal', '--key', key, ...(path === undefined ? [] : [path])];
    const { code, stdout, stderr } = await palestra(words, { input: jon });
    expect([code, stderr]).to.deep.equal([0, '']);
    expect(stdout).not.to.include('correct horse');
    return stdout.trim();
  };
  const signIn = (value: string) =>
    host.request('GET', '/api/auth', { headers: { authorization: `tnt-user-auth-scheme ${value}` } });

  it('registers and signs in', async () => {
    const body = { sealed: await sealed('/api/register') };
    expect((await host.request('POST', '/api/register', { json: body })).status).to.equal(201);
    const value = await sealed('/api/auth');
    expect((await signIn(value)).status).to.equal(200);
    expect((await signIn(value)).status).to.equal(401);
    expect((await signIn(await sealed('/api/register'))).status).to.equal(401);
  });

  it('is for any operation without a path, and takes the address of the key itself', async () => {
    for (const key of [`${host.url}/`, `${host.url}/api/gpk`]) {
      const value = await sealed(undefined, key);
      expect((await signIn(value)).status, key).to.equal(200);
      expect((await signIn(value)).status).to.equal(401);
    }
    const { code, stderr } = await palestra(['seal', '/api/auth'], { input: jon });
    expect([code, stderr.split('\n')[0]]).to.deep.equal([
      2,
      '--key is missing: --key https://gym.example names the server.',
    ]);
  });

  it('says what it wants, and when there is no server', async () => {
    for (const input of ['', '[]', 'jon:secret']) {
      const { code, stderr } = await palestra(['seal', '--key', host.url, '/api/auth'], { input });
      expect([code, stderr]).to.deep.equal([2, stderr]);
      expect(stderr).to.include('Write a JSON object').and.not.include('secret');
    }
    const { code, stderr } = await palestra(['seal', '--key', 'http://127.0.0.1:1', '/api/auth'], { input: jon });
    expect(code).to.equal(1);
    expect(stderr).to.include('http://127.0.0.1:1/api/gpk gives no key');
  });
});
