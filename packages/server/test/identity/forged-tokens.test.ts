/** Forged tokens against a real host, for each algorithm: none is accepted, and the answer is one and the same. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { generateTokenKey, type TokenAlgorithm, type TokenKey, tokenAlgorithms, tokenKeyOf } from '@palestra/core/auth';
import { startTestHost, type TestHost } from '@palestra/server/testing';
import { expect } from 'chai';
import { itTimed } from '../../../../test/setup/timed.js';
import { identityService } from '../../src/identity/index.js';
import { createClock, member, refresh, statusOf } from './fixture.js';
import { Forger } from './forged-tokens.js';

const longestMs = 50;

for (const algorithm of tokenAlgorithms) {
  describe(`forged tokens of ${algorithm}`, function () {
    this.timeout(60_000);
    const clock = createClock();
    let host: TestHost;
    let forger: Forger;
    let session: { access_token: string; refresh_token: string; username: string };

    before(async () => {
      host = await startTestHost({ plugins: [], clock, config: { identity: { tokenAlgorithm: algorithm } } });
      session = await member(host);
      const key = await keyOf('token', algorithm);
      const strangers = {
        "machines' key": await keyOf('machine', algorithm),
        "other server's key": await otherKey(algorithm),
      };
      forger = new Forger({ token: session.access_token, key, strangers });
    });
    after(() => host.stop());

    async function keyOf(kind: 'token' | 'machine', of: TokenAlgorithm): Promise<TokenKey> {
      const file = join(host.dataDir, 'keys', `${kind}-${of.toLowerCase()}.json`);
      return tokenKeyOf(of, JSON.parse(await readFile(file, 'utf8')).active.key);
    }

    const otherKey = async (of: TokenAlgorithm) => tokenKeyOf(of, await generateTokenKey(of));

    const get = (token: string) => host.request('GET', '/api/profile', { token });

    it('would be accepted if nothing were changed, so that each fails by its change alone', async () => {
      expect(await statusOf(host, forger.forge(forger.header, forger.claims))).to.equal(200);
    });

    it('are refused, all of them, by one answer', async () => {
      const forgeries = Object.entries(forger.all());
      expect(forgeries.length).to.be.at.least(60);
      const bodies = new Set<string>();
      for (const [name, token] of forgeries) {
        const answer = await get(token);
        expect(answer.status, name).to.equal(401);
        expect(answer.headers.get('www-authenticate'), name).to.equal('Bearer realm="user", error="invalid_token"');
        bodies.add(answer.text);
      }
      expect([...bodies]).to.deep.equal([
        '{"success":false,"data":{},"exceptionMessage":"The token is not valid.","exceptionType":"InvalidTokenError"}',
      ]);
    });

    itTimed('are refused at once', async () => {
      // One that takes long for what else the machine does is quick another time.
      for (const [name, token] of Object.entries(forger.all())) {
        let ms = Infinity;
        for (let tries = 0; tries < 20 && ms > longestMs; tries++) {
          const started = performance.now();
          await get(token);
          ms = performance.now() - started;
        }
        expect(ms, name).to.be.at.most(longestMs);
      }
    });

    it('are told apart where the older APIs do', async () => {
      for (const [name, token, exceptionType] of forger.documented()) {
        const answer = await get(token);
        expect([answer.status, answer.body.exceptionType], name).to.deep.equal([401, exceptionType]);
      }
    });

    it('do not reach further by being long', async () => {
      const long = forger.forge(forger.header, { ...forger.claims, pad: 'x'.repeat(9_000) });
      expect((await get(long)).status).to.equal(401);
      const longer = forger.forge(forger.header, { ...forger.claims, pad: 'x'.repeat(20_000) });
      expect((await get(longer)).status).to.equal(431);
    });

    it('make no request to anywhere', async () => {
      let calls = 0;
      const server = createServer((_, response) => {
        calls += 1;
        response.end('{"keys":[]}');
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
      for (const member of ['jku', 'x5u', 'kid']) {
        expect((await get(forger.forge({ ...forger.header, [member]: url }, forger.claims))).status).to.equal(401);
      }
      server.close();
      expect(calls).to.equal(0);
    });

    it('of another kind are none: refresh tokens, machines, and an access token where a refresh token is due', async () => {
      expect((await get(session.refresh_token)).status).to.equal(401);
      expect((await refresh(host, session.access_token)).status).to.equal(401);
      const { machines } = host.palestra.service(identityService);
      for (const scope of ['stams_io', 'secure_provisioner'] as const) {
        const { token } = await machines.issue(scope, 'a machine');
        expect((await get(token)).status, scope).to.equal(403);
        expect((await refresh(host, token)).status, scope).to.equal(401);
      }
    });

    it('left the session as it was', async () => {
      expect(await statusOf(host, session.access_token)).to.equal(200);
      expect((await refresh(host, session.refresh_token)).status).to.equal(200);
    });
  });
}
